/**
 * Nodes that do not report: silent, down, and after lease and margin fenced, never sooner
 * than that after the scheduler's own start. Jobs that must not be rerun keep their node
 * unfenced: their parts run through any outage.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { NodeName, PartId } from '../model/ids.ts';
import type { Node } from '../model/node.ts';
import { HOUR_MS, later } from '../model/time.ts';
import type { TimeMs } from '../model/time.ts';
import { attemptOf, endPartWithout } from './attempt.ts';
import { existing } from './invariantError.ts';
import { reportIntervals } from './reportIntervals.ts';
import type { Turn } from './turn.ts';

/** This often within an hour and a node takes no more work. */
const FLAPS = 3;

/** When the node must be judged next; undefined when time alone changes nothing for it. */
export function nodeDeadline(view: ClusterView, name: NodeName): TimeMs | undefined {
  const node = existing(view.nodes.get(name), `node ${name}`);
  const { leaseMs, killMarginMs } = view.settings;
  const { silentAfterMs, downAfterMs } = reportIntervals(view);
  const since = quietSince(view, node);
  switch (node.health.kind) {
    case 'up':
      return later(since, silentAfterMs);
    case 'silent':
      return later(since, downAfterMs);
    case 'down':
      return expiring(view, node).length > 0 ? later(since, leaseMs + killMarginMs) : undefined;
  }
}

/**
 * Silent for so long that its lease is over: whoever reports in its name now is new, also if it
 * counts its reports from the beginning because its disk was replaced.
 */
export function isGivenUp(view: ClusterView, node: Node, atMs: TimeMs): boolean {
  const { leaseMs, killMarginMs } = view.settings;
  return later(quietSince(view, node), leaseMs + killMarginMs) <= atMs;
}

export function quietSince(view: ClusterView, node: Node): TimeMs {
  const since = node.heard?.atMs ?? node.joinedMs;
  return view.startedMs !== undefined && view.startedMs > since ? view.startedMs : since;
}

export function judgeNode(turn: Turn, name: NodeName): void {
  for (;;) {
    const deadline = nodeDeadline(turn.view, name);
    if (deadline === undefined || deadline > turn.atMs) return;
    const node = existing(turn.view.nodes.get(name), `node ${name}`);
    if (node.health.kind === 'up') turn.record({ kind: 'nodeWentSilent', node: name });
    else if (node.health.kind === 'silent') turn.record({ kind: 'nodeWentDown', node: name });
    else expireLease(turn, node);
  }
}

function expireLease(turn: Turn, node: Node): void {
  const open = openParts(turn.view, node);
  const parts = expiring(turn.view, node);
  if (parts.length === open.length) {
    fenceNode(turn, node.name, node.epoch + 1, 'its lease is over');
    return;
  }
  for (const id of parts) endPartWithout(turn, id, { kind: 'leaseExpired' });
}

/**
 * The parts that the end of the lease ends. Beside a part that outlives it the node keeps its
 * epoch, so that only parts known to run may be given up: a launch may still be on its way.
 */
function expiring(view: ClusterView, node: Node): readonly PartId[] {
  const open = openParts(view, node);
  const mortal = open.filter((id) => view.jobs.get(id.job)?.request.requeue);
  if (mortal.length === open.length) return open;
  return mortal.filter(
    (id) => attemptOf(view.jobs.get(id.job))?.parts[id.part]?.state.kind === 'running',
  );
}

const openParts = (view: ClusterView, node: Node): readonly PartId[] => [
  ...existing(view.lookup.holdings.get(node.name), `node ${node.name}`).parts.values(),
];

/** All that the node held is over; whatever it still does in the old epoch is void. */
export function fenceNode(turn: Turn, name: NodeName, epoch: number, why: string): void {
  const node = existing(turn.view.nodes.get(name), `node ${name}`);
  for (const id of openParts(turn.view, node)) endPartWithout(turn, id, { kind: 'nodeFailed' });
  turn.record({ kind: 'nodeFenced', node: name, epoch, why });
}

/** The node is back in step; one that comes and goes is drained. */
export function returnNode(turn: Turn, name: NodeName): void {
  turn.record({ kind: 'nodeReturned', node: name });
  const { failuresMs, drains } = existing(turn.view.nodes.get(name), `node ${name}`);
  const recent = failuresMs.filter((ms) => ms > turn.atMs - HOUR_MS).length;
  if (recent < FLAPS || drains.some(({ by }) => by === 'system')) return;
  const why = `went down ${recent} times within an hour`;
  turn.record({ kind: 'nodeDrained', node: name, by: 'system', why });
}
