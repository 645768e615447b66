/**
 * After a restore: what the nodes did since the backup was taken is found, and nothing is placed
 * before that (docs/protocol.md, "Restore"). What of it still lives and is not in the journal ends.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName, PartId } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';
import type { NodeReport } from '../model/input.ts';
import type { Job } from '../model/job.ts';
import type { PartOutcome } from '../model/outcome.ts';
import type { FoundPart, SeenPart } from '../model/restoring.ts';
import { isOlder, restartsBefore } from '../model/restoring.ts';
import { later } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { attemptOf, endPartWithout } from './attempt.ts';
import { concludeFound } from './found.ts';
import { quietSince } from './nodeWatch.ts';
import { splitTask } from './target.ts';
import type { Turn } from './turn.ts';

/** What a node of an older generation holds, and has buried since. */
export function hearSeen(turn: Turn, node: NodeName, seen: readonly SeenPart[]): void {
  for (const part of seen) {
    if (turn.view.lookup.holdings.get(node)?.parts.has(partKey(part.id))) {
      if (part.buried) {
        const outcome = part.outcome ?? { kind: 'lost' };
        endPartWithout(turn, part.id, outcomeOf(turn.view, part.id, outcome));
      }
      continue;
    }
    const job = jobOf(turn, part);
    if (job) find(turn, job, { id: part.id, parts: part.parts, outcome: part.outcome });
  }
}

/** Peers that have not heard where it listened would wait for it for ever: their gang ends. */
export function outcomeOf(view: ClusterView, id: PartId, outcome: PartOutcome): PartOutcome {
  if (!isOlder(id.attempt, view.generation)) return outcome;
  const parts = attemptOf(view.jobs.get(id.job))?.parts ?? [];
  const isOpen = parts.some(({ state }, part) => part !== id.part && state.kind !== 'ended');
  if (isOpen && parts[id.part]?.state.kind === 'launching')
    return { kind: 'lost', why: 'it began and ended after the backup, unknown to its peers' };
  return outcome;
}

/** A part that was found alive has ended. */
export function hearFoundEnd(turn: Turn, part: NodeReport['parts'][number]): void {
  const { id } = part;
  if (part.stage !== 'ended' || !isOlder(id.attempt, turn.view.generation)) return;
  for (const job of turn.view.jobs.values()) {
    const known = job.found?.find((one) => partKey(one.id) === partKey(id));
    if (known) return find(turn, job, { ...known, outcome: part.end.outcome });
  }
}

function find(turn: Turn, job: Job, found: FoundPart): void {
  const key = partKey(found.id);
  const known = job.found?.find(({ id }) => partKey(id) === key);
  if (known && (known.outcome || !found.outcome)) return;
  turn.record({ kind: 'attemptFound', job: job.id, found });
  concludeFound(turn, job.id);
}

/** The live job whose attempt it was, if the journal does not know that attempt. */
function jobOf(turn: Turn, { id, task }: SeenPart): Job | undefined {
  const { view } = turn;
  if (task) {
    const record = view.jobs.get(task.array);
    if (record?.pendingTasks.includes(task.index)) {
      return view.jobs.get(splitTask(turn, record, task.index));
    }
    for (const other of view.lookup.tasks.get(task.array) ?? []) {
      const job = view.jobs.get(other);
      if (job?.task?.index === task.index) return unknown(job, id);
    }
    return undefined;
  }
  const job = view.jobs.get(id.job);
  return job && !job.task ? unknown(job, id) : undefined;
}

const unknown = (job: Job, { job: id, attempt }: SeenPart['id']): Job | undefined =>
  job.id === id && restartsBefore(attempt) < job.restarts + (job.state.kind === 'active' ? 1 : 0)
    ? undefined
    : job;

/** A node has told all; what it still runs and the journal does not know must end first. */
export function accountNode(turn: Turn, node: NodeName, report: NodeReport): void {
  if (!turn.view.restoring?.awaited.includes(node)) return;
  const held = turn.view.lookup.holdings.get(node)?.parts;
  const strays = report.parts.some(({ id, stage }) => stage !== 'ended' && !held?.has(partKey(id)));
  if (strays) return;
  turn.record({ kind: 'nodeAccounted', node });
  settleRestore(turn);
}

/** Until when nodes that say nothing are waited for: as long as a lease of theirs may last. */
export function restoreDeadline(view: ClusterView): TimeMs | undefined {
  const { restoring, settings, startedMs } = view;
  if (!restoring || startedMs === undefined) return undefined;
  let since = startedMs;
  for (const name of restoring.awaited) {
    const node = view.nodes.get(name);
    const heardMs = node ? quietSince(view, node) : startedMs;
    if (heardMs > since) since = heardMs;
  }
  return later(since, settings.leaseMs + settings.killMarginMs);
}

/** Jobs that may not run twice are held if a node that is missing may have run them. */
export function settleRestore(turn: Turn): void {
  const { restoring } = turn.view;
  if (!restoring) return;
  const { awaited, complete, firstNewJob } = restoring;
  const deadline = restoreDeadline(turn.view);
  const isOver = deadline !== undefined && deadline <= turn.atMs;
  if ((awaited.length > 0 || !complete) && !isOver) return;
  turn.record({ kind: 'restoreSettled', missing: awaited });
  turn.wantPlan();
  const old = [...turn.view.jobs.values()].filter(
    ({ id, task }) => (task?.array ?? id) < firstNewJob,
  );
  for (const { id } of old) concludeFound(turn, id);
  if (awaited.length === 0 && complete) return;
  for (const { id } of old) {
    const job = turn.view.jobs.get(id);
    const { state, request } = job ?? {};
    if (state?.kind !== 'pending' || request?.requeue) continue;
    turn.record({ kind: 'jobHeld', job: id, hold: 'restored' });
  }
}
