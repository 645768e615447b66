/** Sets of nodes against a look at each, and what they save a pass against a pass without them. */
import { expect, test } from 'vitest';
import { busyCluster, queue } from './busyCluster.ts';
import { endPartWithout } from '../../scheduler/machine/attempt.ts';
import { schedulingPass } from '../../scheduler/machine/schedulingPass.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import { demandOf } from '../../scheduler/model/demand.ts';
import { HOUR_MS, timeMs } from '../../scheduler/model/time.ts';
import { BusyNodes } from '../../scheduler/policy/busyNodes.ts';
import { Gains } from '../../scheduler/policy/gains.ts';
import { HeldNodes } from '../../scheduler/policy/heldNodes.ts';
import { createLanes } from '../../scheduler/policy/lanes.ts';
import type { NodeSet } from '../../scheduler/policy/nodeSet.ts';
import {
  countNodes,
  emptySet,
  hasNode,
  membersOf,
  nextNode,
  setOf,
} from '../../scheduler/policy/nodeSet.ts';
import { planQueue } from '../../scheduler/policy/planQueue.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { EXITED_WELL, requestOf } from './requests.ts';

const NODES = 150;

const some = (random: Random, share: number): number[] =>
  Array.from({ length: NODES }, (_, index) => index).filter(() => random.chance(share));

function listed(set: NodeSet): number[] {
  const found: number[] = [];
  for (let at = nextNode(set, 0); at >= 0; at = nextNode(set, at + 1)) found.push(at);
  return found;
}

test('a set lists its nodes in their order', () => {
  const random = createRandom(1);
  for (const share of [0, 0.02, 0.5, 1]) {
    const nodes = some(random, share);
    expect(listed(setOf(NODES, nodes))).toEqual(nodes);
    expect(countNodes(setOf(NODES, nodes))).toBe(nodes.length);
  }
});

test('nodes held at some time of a window, and when the last of these times is over', () => {
  const random = createRandom(2);
  const { request } = demandOf(requestOf({}));
  for (let round = 0; round < 200; round += 1) {
    const all = Array.from({ length: random.whole(0, 90) }, () => {
      const fromMs = random.whole(0, 90);
      const hold = { fromMs, toMs: fromMs + random.whole(1, 30), demand: demandOf(request) };
      return { hold, nodes: some(random, random.pick([0.01, 0.3]) ?? 0) };
    });
    const held = new HeldNodes([]);
    const none = membersOf(NODES, []);
    for (const { hold, nodes } of all)
      held.add({ hold, whole: membersOf(NODES, nodes), parts: none });
    const gone = all.splice(0, random.whole(0, 3));
    for (const { hold } of gone) expect(held.remove(hold)?.hold).toBe(hold);
    const [among, needed] = [setOf(NODES, some(random, 0.7)), setOf(NODES, some(random, 0.1))];
    const fromMs = random.whole(0, 80);
    const [window, own] = [{ fromMs, toMs: fromMs + random.whole(1, 40) }, all[0]?.hold];
    const untilMs = new Map<number, number>();
    for (const { hold, nodes } of all) {
      if (hold === own || hold.fromMs >= window.toMs || hold.toMs <= window.fromMs) continue;
      for (const node of nodes) {
        if (hasNode(among, node)) untilMs.set(node, Math.max(untilMs.get(node) ?? 0, hold.toMs));
      }
    }
    const [set, ends] = [emptySet(NODES), new Gains(NODES)];
    const asked = { ...window, alone: false, own, among };
    const neededMs = held.cover(asked, set, { ends, ranks: 2, needed });
    expect(listed(set)).toEqual([...untilMs.keys()].sort((a, b) => a - b));
    const times = [...untilMs.values()].sort((a, b) => a - b);
    const wanted = random.whole(1, Math.max(1, times.length));
    expect(ends.reach(2 * wanted)).toBe(times[wanted - 1] ?? Infinity);
    const ofNeeded = [...untilMs].filter(([node]) => hasNode(needed, node)).map(([, ms]) => ms);
    expect(neededMs).toBe(Math.min(Infinity, ...ofNeeded));
  }
});

test('nodes that are free at a moment, however often they have changed', () => {
  const random = createRandom(3);
  const untilMs = Float64Array.from({ length: NODES }, () => random.whole(0, 60));
  let busy = BusyNodes.from(untilMs.slice());
  for (let round = 0; round < 200; round += 1) {
    const atMs = random.whole(-1, 61);
    const set = emptySet(NODES);
    busy.freeAt(atMs, set);
    expect(listed(set)).toEqual([...untilMs.keys()].filter((at) => (untilMs[at] ?? 0) <= atMs));
    const [among, but] = [setOf(NODES, some(random, 0.5)), setOf(NODES, some(random, 0.2))];
    const later = [...untilMs.entries()]
      .filter(([at, ms]) => ms > atMs && hasNode(among, at) && !hasNode(but, at))
      .map(([, ms]) => ms)
      .sort((a, b) => a - b);
    expect(busy.firstEnd(atMs, among, but)).toBe(later[0] ?? Infinity);
    const ends = new Gains(NODES);
    busy.addEnds(atMs, { among, but, enough: 9 }, { ends, ranks: 3 });
    expect(ends.reach(9)).toBe(later[2] ?? Infinity);
    const changed = new Map(some(random, 0.03).map((at) => [at, random.whole(0, 60)]));
    for (const [at, ms] of changed) untilMs[at] = ms;
    busy = busy.with(changed);
  }
});

test('on many nodes a pass that remembers comes to the plan of one that does not', () => {
  const random = createRandom(4);
  const cluster = busyCluster('bound', NODES, random);
  queue('bound', cluster, 400, random);
  const atMs = timeMs(HOUR_MS);
  schedulingPass(beginTurn(cluster, atMs));
  let moved = 0;
  for (const id of [...cluster.lookup.active].slice(0, 12)) {
    const turn = beginTurn(cluster, atMs);
    endPartWithout(turn, { job: id, attempt: 1, part: 0 }, EXITED_WELL);
    const [remembered, anew] = [true, false].map((bounded) => {
      const plan = planQueue(cluster, atMs, { lanes: createLanes(cluster, atMs), bounded });
      const { placements, starts, bookings } = plan;
      return { placements, starts: [...(starts ?? [])], bookings: [...(bookings ?? [])] };
    });
    expect(remembered).toEqual(anew);
    const before = cluster.lookup.planned.starts;
    schedulingPass(turn);
    for (const [job, startMs] of cluster.lookup.planned.starts) {
      if (before.get(job) !== startMs) moved += 1;
    }
  }
  expect(moved).toBeGreaterThan(100);
});
