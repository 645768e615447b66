/**
 * What every single node has free over time: its running parts give back at their limits, and
 * reservations take. A node's line is made when first asked for, and copied before its first change
 * when it is one that an earlier pass has left.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Demand } from '../model/demand.ts';
import type { NodeName } from '../model/ids.ts';
import type { Window } from '../model/reservation.ts';
import type { TimeMs } from '../model/time.ts';
import { Blocks } from './blocks.ts';
import { endOf } from './ends.ts';
import type { Hold, NodeLine } from './nodeLine.ts';
import { fit, fittingOf } from './fitting.ts';
import { addToLine, changeLine, copyLine, countOf, gainedTime, stepAt } from './nodeLine.ts';
import { ranksOn } from './placement.ts';
import type { Pool, PoolNode } from './pool.ts';
import { partEndMs } from './releases.ts';
import type { Withdrawal } from './withdrawals.ts';

/** Ranks by node of the one that asks, held from that moment on: free to itself. */
export type Own = { readonly fromMs: number; readonly ranks: Int32Array };

export type Asked = Window & {
  readonly demand: Demand;
  readonly own: Own | undefined;
  readonly enough: number;
};

export type Rooms = { readonly ranks: Int32Array; readonly untilMs: Float64Array };

/** At some time of the window these nodes have more free than before. */
export type Gain = Window & { readonly nodes: readonly PoolNode[] };

export type NodeTimes = {
  /** How many ranks fit all through the window. */
  room(node: PoolNode, demand: Demand, window: Window): number;
  /**
   * As `room`, of node after node, up to one that holds `enough` ranks alone: how many fit, and the
   * moment before which no window has more. Returns how many nodes were looked at.
   */
  rooms(nodes: readonly PoolNode[], asked: Asked, found: Rooms): number;
  /** The most ranks that fit for the hold's time from any earlier moment on, if it gave up what it holds. */
  most(node: PoolNode, hold: Hold): number;
  /** Whether a reservation of the cluster keeps the demand from the node at some time of the window. */
  closed(node: PoolNode, demand: Demand, window: Window): boolean;
  /** As many as it would hold if it were idle. */
  whole(node: PoolNode, demand: Demand): number;
  /** `running`: what starts now; it is no reservation. */
  book(
    node: PoolNode,
    hold: Hold,
    taken: { readonly ranks: number; readonly running?: true },
  ): void;
  /** Gives back what was booked there. */
  unbook(nodes: readonly PoolNode[], hold: Hold): void;
  /** By the places of nodes in the pool. */
  readonly lines: readonly (NodeLine | undefined)[];
  /** For demands that share nodes with others, and for those that want to be alone. */
  readonly blocks: { readonly shared: Blocks; readonly alone: Blocks };
  /** What the pass that left `lines` knew, and whatever has become free since. */
  readonly gains: readonly Gain[];
};

export type NodeTimesOptions = {
  readonly pool: Pool;
  readonly withdrawn: readonly Withdrawal[];
  readonly left?: Left | undefined;
};

/** What an earlier pass has left, for the same nodes. */
export type Left = Pick<NodeTimes, 'lines' | 'blocks' | 'gains'> & {
  /** Nodes on which something else runs since. */
  readonly changed: Iterable<PoolNode>;
};

export function createNodeTimes(
  view: ClusterView,
  atMs: TimeMs,
  { pool, withdrawn, left }: NodeTimesOptions,
): NodeTimes {
  const lines: (NodeLine | undefined)[] = left?.lines.slice() ?? [];
  const gains: Gain[] = left?.gains.slice() ?? [];
  /** Lines that this pass has made or copied. */
  const ours = new Uint8Array(pool.nodes.length);
  const away = byNode(withdrawn);
  const hints = new Int32Array(pool.nodes.length);
  const blocks = {
    shared: new Blocks(pool.nodes.length, left?.blocks.shared),
    alone: new Blocks(pool.nodes.length, left?.blocks.alone),
  };
  const put = (node: PoolNode, line: NodeLine): NodeLine => {
    lines[node.index] = line;
    ours[node.index] = 1;
    blocks.shared.forget(node.index);
    blocks.alone.forget(node.index);
    return line;
  };
  const lineOf = (node: PoolNode): NodeLine => {
    const known = lines[node.index];
    if (known) return known;
    return put(node, runningLine(view, atMs, { pool, node }));
  };
  const writable = (node: PoolNode): NodeLine => {
    const line = lineOf(node);
    return put(node, ours[node.index] === 1 ? line : copyLine(line, atMs));
  };
  const renew = (node: PoolNode): void => {
    const old = lines[node.index];
    if (!old || ours[node.index] === 1) return;
    const line = runningLine(view, atMs, { pool, node });
    for (const [at, hold] of old.holds.entries()) {
      const ranks = old.ranks[at] ?? 0;
      line.holds.push(hold);
      line.ranks.push(ranks);
      changeLine(line, node, { hold, ranks, sign: -1 });
    }
    put(node, line);
    const gained = gainedTime(old, line, atMs);
    if (gained) gains.push({ nodes: [node], ...gained });
  };
  for (const node of left?.changed ?? []) renew(node);
  for (let index = 0; index < lines.length; index += 1) {
    const node = (lines[index]?.nextEndMs ?? Infinity) <= atMs ? pool.nodes[index] : undefined;
    if (node) renew(node);
  }
  return {
    lines,
    blocks,
    gains,
    room: (node, demand, window) => {
      if (closedUntil(away.get(node.name), demand, window) !== undefined) return 0;
      const fitting = Object.assign(fittingOf(demand), window);
      fit(fitting, lineOf(node), node, 0);
      return fitting.ranks;
    },
    rooms: (nodes, { demand, own, enough, fromMs, toMs }, found) => {
      const fitting = fittingOf(demand);
      fitting.fromMs = fromMs;
      fitting.toMs = toMs;
      fitting.ownFromMs = own?.fromMs ?? 0;
      const { exclusive = false } = demand.request;
      const full = exclusive ? blocks.alone : blocks.shared;
      const mayBeClosed = away.size > 0 || demand.request.reservation !== undefined;
      for (let at = 0; at < nodes.length; at += 1) {
        const node = nodes[at] as PoolNode;
        const { index } = node;
        const fullMs = (own?.ranks[index] ?? 0) > 0 ? 0 : full.end(index, fromMs, toMs);
        if (fullMs > 0) {
          found.ranks[at] = 0;
          found.untilMs[at] = fullMs;
          continue;
        }
        const closed = mayBeClosed ? closedUntil(away.get(node.name), demand, fitting) : undefined;
        if (closed === undefined) {
          if (own) fitting.ownRanks = own.ranks[index] as number;
          const line = lines[index] ?? lineOf(node);
          hints[index] = fit(fitting, line, node, hints[index] as number);
          if (fitting.ranks === 0) {
            const least = exclusive ? node.coreCount : 1;
            full.note(index, line, { step: fitting.step, least });
          }
        } else {
          fitting.ranks = 0;
          fitting.untilMs = closed;
        }
        found.ranks[at] = fitting.ranks;
        found.untilMs[at] = fitting.untilMs;
        if (fitting.ranks >= enough) return at + 1;
      }
      return nodes.length;
    },
    most: (node, hold) => {
      const { demand, fromMs: heldMs } = hold;
      const line = lineOf(node);
      const held = line.holds.indexOf(hold);
      const fitting = fittingOf(demand);
      fitting.ownFromMs = heldMs;
      fitting.ownRanks = held < 0 ? 0 : (line.ranks[held] ?? 0);
      let most = 0;
      let hint = 0;
      for (let step = stepAt(line, atMs); step < line.times.length; step += 1) {
        fitting.fromMs = Math.max(atMs, line.times[step] ?? atMs);
        if (fitting.fromMs >= heldMs) break;
        fitting.toMs = fitting.fromMs + demand.durationMs;
        hint = fit(fitting, line, node, hint);
        if (fitting.ranks > most) most = fitting.ranks;
      }
      return most;
    },
    closed: (node, demand, window) =>
      closedUntil(away.get(node.name), demand, window) !== undefined,
    whole: (node, demand) => {
      const { coreCount, memoryBytes } = node;
      return ranksOn(demand.request, coreCount, { cores: coreCount, memoryBytes });
    },
    book: (node, hold, { ranks, running }) => {
      const line = writable(node);
      changeLine(line, node, { hold, ranks, sign: -1 });
      if (running) return;
      line.holds.push(hold);
      line.ranks.push(ranks);
    },
    unbook: (nodes, hold) => {
      for (const node of nodes) {
        const line = writable(node);
        const at = line.holds.indexOf(hold);
        const [ranks = 0] = at < 0 ? [] : line.ranks.splice(at, 1);
        if (at >= 0) line.holds.splice(at, 1);
        changeLine(line, node, { hold, ranks, sign: 1 });
      }
      gains.push({ nodes, fromMs: hold.fromMs, toMs: hold.toMs });
    },
  };
}

/** Without any reservation: what its running parts leave, and give back. */
function runningLine(
  view: ClusterView,
  atMs: TimeMs,
  { pool, node }: { readonly pool: Pool; readonly node: PoolNode },
): NodeLine {
  const holding = view.lookup.holdings.get(node.name);
  const gres = pool.gres(node);
  const free = [holding?.freeCores.length ?? 0, holding?.freeMemoryBytes ?? 0];
  const left = gres.map(({ count }) => count);
  const back: { readonly fromMs: number; readonly amounts: Parameters<typeof addToLine>[2] }[] = [];
  let nextEndMs = Infinity;
  for (const { job: id, part: index } of holding?.parts.values() ?? []) {
    const job = view.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    const part = job.state.attempt.parts[index];
    if (!part) continue;
    const counts = gres.map(({ name }) => countOf(job.request.gres, name) ?? 0);
    for (const [at, count] of counts.entries()) left[at] = (left[at] ?? 0) - count;
    nextEndMs = Math.min(nextEndMs, endOf(job, part));
    const fromMs = partEndMs(job, part, atMs);
    const amounts = { cores: part.cores.length, memoryBytes: part.memoryBytes, gres: counts };
    if (fromMs !== Infinity) back.push({ fromMs, amounts });
  }
  const width = 2 + gres.length;
  const line = {
    times: [atMs as number],
    free: [...free, ...left],
    width,
    holds: [],
    ranks: [],
    nextEndMs,
  };
  for (const { fromMs, amounts } of back) addToLine(line, { fromMs, toMs: Infinity }, amounts);
  return line;
}

function byNode(withdrawn: readonly Withdrawal[]): ReadonlyMap<NodeName, readonly Withdrawal[]> {
  const found = new Map<NodeName, Withdrawal[]>();
  for (const one of withdrawn) {
    const before = found.get(one.node);
    if (before) before.push(one);
    else found.set(one.node, [one]);
  }
  return found;
}

/** Maintenance takes nodes from the users of other reservations too. */
const isOver = (one: Withdrawal, reservation: string): boolean =>
  one.maintenance && one.reservation !== reservation;

/** Until when a job that began then could not use the node for reasons of reservations. */
function closedUntil(
  withdrawn: readonly Withdrawal[] | undefined,
  { request: { reservation } }: Demand,
  { fromMs, toMs }: Window,
): number | undefined {
  let untilMs: number | undefined;
  for (const one of withdrawn ?? []) {
    if (one.fromMs >= toMs || one.toMs <= fromMs) continue;
    if (reservation === undefined || isOver(one, reservation))
      untilMs = Math.max(untilMs ?? 0, one.toMs);
  }
  if (untilMs !== undefined || reservation === undefined) return untilMs;
  const own = (withdrawn ?? []).filter((one) => one.reservation === reservation);
  if (own.some((one) => one.fromMs <= fromMs && one.toMs >= toMs)) return undefined;
  return Math.min(Infinity, ...own.map((one) => one.fromMs).filter((begin) => begin > fromMs));
}
