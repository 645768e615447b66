/**
 * What every single node has free over time: its running parts give back at their limits, and
 * reservations take. Whole nodes that reservations take are kept as sets (heldNodes.ts), and so are
 * those on which everything runs (busyNodes.ts); lines of single nodes (nodeLines.ts) say the rest.
 */
import type { ClusterView } from '../model/cluster.ts';
import type { Demand } from '../model/demand.ts';
import type { Window } from '../model/reservation.ts';
import type { TimeMs } from '../model/time.ts';
import { Blocks } from './blocks.ts';
import type { BusyNodes } from './busyNodes.ts';
import { createClosing } from './closing.ts';
import { fit, fittingOf } from './fitting.ts';
import { Gains } from './gains.ts';
import type { Held } from './heldNodes.ts';
import { HeldNodes } from './heldNodes.ts';
import type { Hold, NodeLine } from './nodeLine.ts';
import { changeLine } from './nodeLine.ts';
import type { Busy } from './nodeLines.ts';
import { createNodeLines } from './nodeLines.ts';
import type { Members, NodeSet } from './nodeSet.ts';
import {
  countNodes,
  emptySet,
  hasNode,
  haveCommon,
  keepAmong,
  membersOf,
  nextNode,
} from './nodeSet.ts';
import { coresFor, ranksOn } from './placement.ts';
import type { Eligible, Pool, PoolNode } from './pool.ts';
import type { Room } from './shares.ts';
import type { Withdrawal } from './withdrawals.ts';

export type Asked = Window & {
  readonly demand: Demand;
  readonly eligible: Eligible;
  /** What the one that asks holds itself is free to it. */
  readonly own: Own | undefined;
  /** No more nodes are asked after one with room for so many ranks. */
  readonly enough: number;
  /** Where none of these has room there is not enough, before `nextMs`. */
  readonly needed: Needed | undefined;
};

export type Needed = { readonly nodes: NodeSet; nextMs: number };

/** `ranks` on those nodes of which it takes a part, by their places. */
export type Own = { readonly hold: Hold; readonly ranks: ReadonlyMap<number, number> };

/** The first `count` of these have room for a rank or more all through the window, `sum` in all. */
export type Rooms = {
  readonly places: Int32Array;
  readonly ranks: Int32Array;
  count: number;
  sum: number;
};

/** At some time of the window these nodes have more free than before. */
export type Gain = Window & { readonly nodes: Members };

export type NodeTimes = {
  /** How many ranks fit on nodes all through the window; valid until the next booking. */
  room(demand: Demand, window: Window): (node: PoolNode) => number;
  /**
   * Of the nodes that suit, in the order of the pool; valid until the next look. Undefined where
   * no node that is needed has room.
   */
  rooms(asked: Asked): Rooms | undefined;
  /** After such a look in vain for so many ranks: no window that begins before, and later, has them. */
  nextMs(asked: Asked, ranks: number): number;
  /** Whether a reservation of the cluster keeps the demand from the node at some time of the window. */
  closed(node: PoolNode, demand: Demand, window: Window): boolean;
  /** What the reservations there hold. */
  holdsOn(node: PoolNode): readonly Hold[];
  /** `running`: what starts now; it is no reservation. */
  book(hold: Hold, shares: readonly Room<PoolNode>[], booked?: { readonly running: true }): void;
  /** Gives back what was booked. */
  unbook(hold: Hold): void;
  /** For the next pass. */
  leave(): Omit<Left, 'changed'>;
  /** What the pass that left its lines knew, and whatever has become free since. */
  readonly gains: readonly Gain[];
};

export type NodeTimesOptions = {
  readonly pool: Pool;
  readonly withdrawn: readonly Withdrawal[];
  readonly left?: Left | undefined;
};

/** What an earlier pass has left, for the same nodes. */
export type Left = {
  /** By the places of nodes in the pool. */
  readonly lines: readonly (NodeLine | undefined)[];
  readonly held: readonly Held[];
  /** For demands that share nodes with others, and for those that want to be alone. */
  readonly blocks: { readonly shared: Blocks; readonly alone: Blocks };
  readonly busy: Busy;
  readonly gains: readonly Gain[];
  /** Nodes on which something else runs since. */
  readonly changed: Iterable<PoolNode>;
};

export function createNodeTimes(
  view: ClusterView,
  atMs: TimeMs,
  { pool, withdrawn, left }: NodeTimesOptions,
): NodeTimes {
  const { nodes } = pool;
  const gains: Gain[] = left?.gains.slice() ?? [];
  const held = new HeldNodes(left?.held ?? []);
  const closing = createClosing(withdrawn);
  const hints = new Int32Array(nodes.length);
  const blocks = {
    shared: new Blocks(nodes.length, left?.blocks.shared),
    alone: new Blocks(nodes.length, left?.blocks.alone),
  };
  const forget = (index: number): void => {
    blocks.shared.forget(index);
    blocks.alone.forget(index);
  };
  const lines = createNodeLines(view, atMs, { pool, left, gains, forget });
  const [covered, free] = [emptySet(nodes.length), emptySet(nodes.length)];
  const ends = new Gains(nodes.length);
  /** By the last look: no more ranks than so many have room, and when a node that is needed may have. */
  let atMost = 0;
  let neededMs = 0;
  const found: Rooms = {
    places: new Int32Array(nodes.length),
    ranks: new Int32Array(nodes.length),
    count: 0,
    sum: 0,
  };
  const busyOf = (alone: boolean): BusyNodes => (alone ? lines.busy().alone : lines.busy().shared);
  const cover = (asked: Omit<Asked, 'enough'>): number => {
    const { demand, eligible, own, needed, fromMs, toMs } = asked;
    const { exclusive: alone = false } = demand.request;
    covered.fill(0);
    ends.clear();
    const window = { fromMs, toMs, alone, own: own?.hold, among: eligible.set };
    return held.cover(window, covered, {
      ends,
      ranks: mostRanks(eligible, demand),
      needed: needed?.nodes,
    });
  };
  return {
    gains,
    room: (demand, { fromMs, toMs }) => {
      cover({
        demand,
        eligible: pool.eligible(demand),
        own: undefined,
        needed: undefined,
        fromMs,
        toMs,
      });
      const fitting = Object.assign(fittingOf(demand), { fromMs, toMs });
      return (node) => {
        if (hasNode(covered, node.index)) return 0;
        if (closing(node.name, demand, fitting) !== undefined) return 0;
        fit(fitting, lines.of(node), node, 0);
        return fitting.ranks;
      };
    },
    rooms: (asked) => {
      const { demand, eligible, own, enough, needed, fromMs, toMs } = asked;
      const { exclusive = false } = demand.request;
      found.count = 0;
      found.sum = 0;
      neededMs = cover(asked);
      const busy = busyOf(exclusive);
      busy.freeAt(fromMs, free);
      keepAmong(free, eligible.set, covered);
      const whole = mostRanks(eligible, demand);
      if (needed) {
        neededMs = Math.min(neededMs, busy.firstEnd(fromMs, needed.nodes, covered));
        atMost = countNodes(free) * whole;
        if (!haveCommon(needed.nodes, free)) return undefined;
      } else neededMs = 0;
      const fitting = Object.assign(fittingOf(demand), { fromMs, toMs });
      fitting.ownFromMs = own?.hold.fromMs ?? 0;
      const full = exclusive ? blocks.alone : blocks.shared;
      for (let index = nextNode(free, 0); index >= 0; index = nextNode(free, index + 1)) {
        const node = nodes[index] as PoolNode;
        const ownRanks = own?.ranks.get(index) ?? 0;
        const fullMs = ownRanks > 0 ? 0 : full.end(index, fromMs, toMs);
        const closedMs = fullMs > 0 ? fullMs : closing(node.name, demand, fitting);
        if (closedMs === undefined) {
          const line = lines.of(node);
          fitting.ownRanks = ownRanks;
          hints[index] = fit(fitting, line, node, hints[index] as number);
          const { ranks, step } = fitting;
          if (ranks === 0) full.note(index, line, { step, least: exclusive ? node.coreCount : 1 });
        } else {
          fitting.ranks = 0;
          fitting.untilMs = closedMs;
        }
        const { ranks, untilMs } = fitting;
        ends.add(untilMs, whole - ranks);
        if (needed && hasNode(needed.nodes, index))
          neededMs = ranks > 0 ? 0 : Math.min(neededMs, untilMs);
        if (ranks === 0) continue;
        found.places[found.count] = index;
        found.ranks[found.count] = ranks;
        found.count += 1;
        found.sum += ranks;
        if (ranks >= enough) break;
      }
      atMost = found.sum;
      return found;
    },
    nextMs: ({ demand, eligible, needed, fromMs }, ranks) => {
      const more = Math.max(1, ranks - atMost);
      const each = mostRanks(eligible, demand);
      const others = { among: eligible.set, but: covered, enough: more };
      const busy = busyOf(demand.request.exclusive ?? false);
      busy.addEnds(fromMs, others, { ends, ranks: each });
      return Math.max(ends.reach(more), Math.min(neededMs, needed?.nextMs ?? 0));
    },
    closed: (node, demand, window) => closing(node.name, demand, window) !== undefined,
    holdsOn: ({ index }) =>
      held
        .all()
        .filter(({ whole, parts }) => whole.places.includes(index) || parts.places.includes(index))
        .map(({ hold }) => hold),
    book: (hold, shares, booked) => {
      const [whole, parts]: [number[], number[]] = [[], []];
      for (const { node, ranks } of shares) {
        const { index, coreCount } = node;
        if (!booked && coresFor(hold.demand.request, coreCount, ranks) >= coreCount) {
          whole.push(index);
          continue;
        }
        const line = lines.writable(node);
        changeLine(line, node, { hold, ranks, sign: -1 });
        if (booked) continue;
        parts.push(index);
        line.holds.push(hold);
        line.ranks.push(ranks);
      }
      if (booked) return;
      const [count, members] = [nodes.length, membersOf];
      held.add({ hold, whole: members(count, whole), parts: members(count, parts) });
    },
    unbook: (hold) => {
      const { fromMs, toMs } = hold;
      const was = held.remove(hold);
      if (!was) return;
      if (was.whole.places.length > 0) gains.push({ nodes: was.whole, fromMs, toMs });
      if (was.parts.places.length > 0) gains.push({ nodes: was.parts, fromMs, toMs });
      for (const index of was.parts.places) {
        const node = nodes[index] as PoolNode;
        const line = lines.writable(node);
        const at = line.holds.indexOf(hold);
        const [ranks = 0] = at < 0 ? [] : line.ranks.splice(at, 1);
        if (at >= 0) line.holds.splice(at, 1);
        changeLine(line, node, { hold, ranks, sign: 1 });
      }
    },
    leave: () => ({ lines: lines.lines, held: held.all(), blocks, busy: lines.busy(), gains }),
  };
}

/** The most that one of the nodes would hold if it were idle. */
function mostRanks({ models }: Eligible, { request }: Demand): number {
  let most = 0;
  for (const { coreCount, memoryBytes } of models) {
    most = Math.max(most, ranksOn(request, coreCount, { cores: coreCount, memoryBytes }));
  }
  return most;
}
