/**
 * A planner written to be obviously right: every instant is looked at, every node alone, nothing is
 * remembered. What it says of a cluster is checked against what the planner did with it.
 */
import type { ClusterView } from '../../scheduler/model/cluster.ts';
import type { NodeName } from '../../scheduler/model/ids.ts';
import type { Job } from '../../scheduler/model/job.ts';
import { timeLimitOf } from '../../scheduler/model/job.ts';
import type { BookedShare } from '../../scheduler/model/lookup.ts';
import type { Node } from '../../scheduler/model/node.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { MINUTE_MS } from '../../scheduler/model/time.ts';
import { suits, traitsOf } from '../../scheduler/policy/suitability.ts';

/** Something that holds a share of a node for a time. */
export type Use = {
  readonly job: number;
  readonly request: JobRequest;
  readonly node: NodeName;
  readonly ranks: number;
  readonly fromMs: number;
  readonly toMs: number;
};

/** What runs now, until its limit; what is beyond it, for a minute more. */
export function runningUses(view: ClusterView, atMs: number): Use[] {
  const uses: Use[] = [];
  for (const job of view.jobs.values()) {
    if (job.state.kind !== 'active') continue;
    for (const part of job.state.attempt.parts) {
      if (part.state.kind === 'ended') continue;
      const since =
        part.state.kind === 'running' ? part.state.startedMs : job.state.attempt.startedMs;
      const limitMs = timeLimitOf(job) || Infinity;
      const { suspension, suspendedMs = 0 } = job.state.attempt;
      const endMs = suspension ? Infinity : since + suspendedMs + limitMs;
      uses.push({
        job: job.id,
        request: job.request,
        node: part.node,
        ranks: part.ranks,
        fromMs: atMs,
        toMs: endMs > atMs ? endMs : atMs + MINUTE_MS,
      });
    }
  }
  return uses;
}

export const usesOf = (job: Job, shares: readonly BookedShare[], fromMs: number): Use[] =>
  shares.map(({ node, ranks }) => ({
    job: job.id,
    request: job.request,
    node,
    ranks,
    fromMs,
    toMs: fromMs + (job.request.timeLimitMs || Infinity),
  }));

const coresOf = ({ request, ranks }: Use, node: Node): number =>
  request.exclusive ? node.facts.cores.length : ranks * request.coresPerRank;

/** In words, whatever is taken twice at any instant; empty when all is well. */
export function overCommitted(view: ClusterView, uses: readonly Use[]): string[] {
  const broken: string[] = [];
  for (const atMs of new Set(uses.map(({ fromMs }) => fromMs))) {
    const then = uses.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    for (const node of view.nodes.values()) {
      const here = then.filter((use) => use.node === node.name);
      const cores = here.reduce((sum, use) => sum + coresOf(use, node), 0);
      const bytes = here.reduce((sum, use) => sum + use.ranks * use.request.memoryPerRankBytes, 0);
      const who = here.map(({ job }) => job).join(' ');
      if (cores > node.facts.cores.length) broken.push(`${cores} cores of ${node.name} for ${who}`);
      if (bytes > node.facts.memoryBytes) broken.push(`${bytes} bytes of ${node.name} for ${who}`);
      for (const { name, count } of traitsOf(view, node).gres) {
        const used = here.reduce((sum, use) => sum + countOf(use.request.gres, name), 0);
        if (used > count) broken.push(`${used} ${name} of ${node.name} for ${who}`);
      }
    }
    for (const { name, count } of view.settings.licenses ?? []) {
      const holders = new Map(then.map((use) => [use.job, countOf(use.request.licenses, name)]));
      const used = [...holders.values()].reduce((sum, one) => sum + one, 0);
      if (used > count) broken.push(`${used} of license ${name}`);
    }
  }
  return broken;
}

const countOf = (
  counted: readonly { readonly name: string; readonly count: number }[] | undefined,
  name: string,
): number => counted?.find((one) => one.name === name)?.count ?? 0;

/** In words, how the shares are not what the job asked for. */
export function misplaced(
  view: ClusterView,
  job: Job,
  shares: readonly BookedShare[],
  window: { readonly fromMs: number; readonly toMs: number },
): string[] {
  const { request } = job;
  const broken: string[] = [];
  const say = (what: string): void => void broken.push(`job ${job.id}: ${what}`);
  const nodes = shares.flatMap(({ node }) => view.nodes.get(node) ?? []);
  const ranks = shares.reduce((sum, share) => sum + share.ranks, 0);
  if (ranks !== request.ranks) say(`${ranks} ranks`);
  const { ranksRange } = request;
  if (ranksRange && (ranks < ranksRange.least || ranks > ranksRange.most)) say('out of its range');
  if (new Set(nodes).size !== shares.length) say('a node twice, or none');
  if (shares.some((share) => share.ranks < 1)) say('a node without a rank');
  const { least = 1, most = Infinity } = request.nodes ?? {};
  if (nodes.length < least || nodes.length > most) say(`${nodes.length} nodes`);
  if (shares.some((share) => share.ranks > (request.ranksPerNode ?? Infinity)))
    say('too many ranks');
  if (request.uniform && new Set(nodes.map(({ facts }) => facts.model)).size > 1) say('two models');
  for (const node of nodes) {
    if (!suits(view, node, request)) say(`${node.name} does not suit`);
    if (node.drains.length > 0 || node.health.kind !== 'up') say(`${node.name} takes no work`);
    if (!open(view, node.name, request, window)) say(`${node.name} is reserved`);
  }
  for (const name of request.nodeList ?? []) {
    if (!nodes.some((node) => node.name === name)) say(`not on ${name}`);
  }
  if (request.constraint?.kind === 'same') {
    const { of } = request.constraint;
    const held = nodes.map((node) => traitsOf(view, node).features);
    if (!of.some((feature) => held.every((has) => has.has(feature)))) say('nothing in common');
  }
  const counted = request.constraint?.kind === 'counted' ? request.constraint.of : [];
  for (const { feature, nodes: wanted } of counted) {
    const having = nodes.filter((node) => traitsOf(view, node).features.has(feature));
    if (having.length < wanted) say(`${having.length} nodes with ${feature}`);
  }
  return broken;
}

/** Outside the windows of reservations, or inside one of its own. */
function open(
  view: ClusterView,
  node: NodeName,
  request: JobRequest,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): boolean {
  const here = [...view.reservations.values()].filter(({ nodes }) => nodes.includes(node));
  const inside = here.filter(({ name }) => name === request.reservation);
  if (request.reservation !== undefined) {
    return inside.some((one) => one.startMs <= fromMs && toMs <= one.startMs + one.durationMs);
  }
  return here.every((one) => toMs <= one.startMs || one.startMs + one.durationMs <= fromMs);
}

/**
 * The first minute from `fromMs` on at which a job of one rank shape fits beside `uses`; for
 * requests without node counts, on nodes looked at one by one. Times must be whole minutes.
 */
export function firstFit(
  view: ClusterView,
  request: JobRequest,
  {
    uses,
    fromMs,
    untilMs,
  }: { readonly uses: readonly Use[]; readonly fromMs: number; readonly untilMs: number },
): number | undefined {
  for (let startMs = fromMs; startMs <= untilMs; startMs += MINUTE_MS) {
    if (fitsAt(view, request, uses, startMs)) return startMs;
  }
  return undefined;
}

function fitsAt(
  view: ClusterView,
  request: JobRequest,
  uses: readonly Use[],
  startMs: number,
): boolean {
  const toMs = startMs + (request.timeLimitMs || Infinity);
  let ranks = 0;
  for (const node of view.nodes.values()) {
    const takes = node.health.kind === 'up' && node.heard && node.drains.length === 0;
    if (!takes || !suits(view, node, request)) continue;
    if (!open(view, node.name, request, { fromMs: startMs, toMs })) continue;
    let here = 0;
    while (here < request.ranks) {
      const more = { job: 0, request, node: node.name, ranks: here + 1, fromMs: startMs, toMs };
      if (overCommitted(view, [...uses, more]).length > 0) break;
      here += 1;
    }
    ranks += here;
  }
  return ranks >= request.ranks;
}
