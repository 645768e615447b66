/** Orders to agents, as they follow from the state of a job: said again until obeyed. */
import type { ClusterView } from '../model/cluster.ts';
import type { Effect, PartTerms } from '../model/effect.ts';
import type { PartId } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import { timeLimitOf } from '../model/job.ts';
import type { AttemptEnding, Part } from '../model/part.ts';
import { isSuspended } from '../model/suspension.ts';
import { attemptOf } from './attempt.ts';

/** The launch of one part, if it is still to be launched. */
export function launchOrder(view: ClusterView, id: PartId): Effect | undefined {
  const job = view.jobs.get(id.job);
  const attempt = attemptOf(job);
  const part = attempt?.parts[id.part];
  if (!job || !attempt || !part || attempt.number !== id.attempt || attempt.ending)
    return undefined;
  if (part.state.kind !== 'launching') return undefined;
  const { parts } = attempt;
  const weights = parts.map(({ node }) => view.nodes.get(node)?.facts.weight ?? 1);
  return {
    kind: 'launchPart',
    part: id,
    launch: { job, attempt: attempt.number, part, parts, weights },
  };
}

/** Where the peers are, once every part listens; for all parts, or for one. */
export function wireOrders(job: Job, only: number | undefined): Effect[] {
  const attempt = attemptOf(job);
  if (!attempt || attempt.ending || attempt.parts.length < 2) return [];
  const peers: { part: number; host: string; port: number }[] = [];
  for (const [part, { state }] of attempt.parts.entries()) {
    if (state.kind === 'launching' || !state.listens) return [];
    peers.push({ part, ...state.listens });
  }
  return attempt.parts.flatMap(({ node, state }, part) =>
    state.kind === 'running' && (only === undefined || only === part)
      ? [{ kind: 'wirePart', part: { job: job.id, attempt: attempt.number, part }, node, peers }]
      : [],
  );
}

/** The terms of running parts, for those whose node does not know them; for all parts, or for one. */
export function termsOrders(
  job: Job,
  only: { readonly part: number; readonly known: PartTerms } | undefined,
): Effect[] {
  const attempt = attemptOf(job);
  if (!attempt || attempt.ending) return [];
  const suspended = isSuspended(attempt);
  const terms = { timeLimitMs: timeLimitOf(job), ...(suspended && { suspended }) };
  if (only && isSame(only.known, terms)) return [];
  return attempt.parts.flatMap(({ node, state }, part) =>
    state.kind === 'running' && (only === undefined || only.part === part)
      ? [{ kind: 'setTerms', part: { job: job.id, attempt: attempt.number, part }, node, terms }]
      : [],
  );
}

const isSame = (a: PartTerms, b: PartTerms): boolean =>
  a.timeLimitMs === b.timeLimitMs && (a.suspended ?? false) === (b.suspended ?? false);

/** The end of every part that is not over, when the attempt must end; for all parts, or for one. */
export function endOrders(job: Job, only: number | undefined): Effect[] {
  const attempt = attemptOf(job);
  if (!attempt?.ending) return [];
  const why = whyEnding(attempt.ending, attempt.parts);
  const graceMs = attempt.ending.kind === 'preempted' ? attempt.ending.graceMs : undefined;
  return attempt.parts.flatMap(({ node, state }, part) =>
    state.kind !== 'ended' && (only === undefined || only === part)
      ? [
          {
            ...endOrder({ job: job.id, attempt: attempt.number, part }, node, why),
            ...(graceMs !== undefined && { graceMs }),
          },
        ]
      : [],
  );
}

export const endOrder = (part: PartId, node: Part['node'], why: string): Effect => ({
  kind: 'endPart',
  part,
  node,
  signal: undefined,
  why,
});

function whyEnding(ending: AttemptEnding, parts: readonly Part[]): string {
  switch (ending.kind) {
    case 'cancelled':
      return `cancelled by ${ending.by}`;
    case 'requeued':
      return `requeued by ${ending.by}`;
    case 'partFailed':
      return `the part on ${parts[ending.part]?.node} failed`;
    case 'launchTimedOut':
      return `the part on ${parts[ending.part]?.node} did not start in time`;
    case 'preempted':
      return `preempted ${ending.by === undefined ? 'by other work' : `by job ${ending.by}`}`;
    case 'timeLimit':
      return 'the time limit is over';
    case 'deadline':
      return 'its deadline has come';
  }
}
