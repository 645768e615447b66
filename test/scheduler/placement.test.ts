import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RankShape } from '../../scheduler/policy/placement.ts';
import { ranksOn } from '../../scheduler/policy/placement.ts';
import { chooseShares } from '../../scheduler/policy/shares.ts';

type Node = { readonly name: string; readonly cores: number; readonly memoryBytes: number };

/** One rank at a time, on the first node that has room for it; a single node that holds all comes first. */
function referenceNodes(shape: RankShape, nodes: readonly Node[]): number[] | undefined {
  const room = nodes.map((node) => [node.cores, node.memoryBytes]);
  const takes = (at: number): boolean => {
    const [cores = 0, memory = 0] = room[at] ?? [];
    return cores >= shape.coresPerRank && memory >= shape.memoryPerRankBytes;
  };
  const put = (at: number): void => {
    const [cores = 0, memory = 0] = room[at] ?? [];
    room[at] = [cores - shape.coresPerRank, memory - shape.memoryPerRankBytes];
  };
  for (const at of nodes.keys()) {
    const before = room[at] ?? [0, 0];
    let held = 0;
    while (held < shape.ranks && takes(at)) {
      put(at);
      held += 1;
    }
    if (held === shape.ranks) return Array.from({ length: held }, () => at);
    room[at] = before;
  }
  const nodesOfRanks: number[] = [];
  for (let rank = 0; rank < shape.ranks; rank += 1) {
    const at = [...nodes.keys()].find(takes);
    if (at === undefined) return undefined;
    put(at);
    nodesOfRanks.push(at);
  }
  return nodesOfRanks;
}

const nodes = fc.array(
  fc.record({ cores: fc.uniqueArray(fc.nat(9), { maxLength: 8 }), memory: fc.nat(12) }),
  { maxLength: 6 },
);
const shapes = fc.record({
  ranks: fc.integer({ min: 1, max: 12 }),
  coresPerRank: fc.integer({ min: 1, max: 3 }),
  memoryPerRankBytes: fc.nat(4),
});

describe('first fit', () => {
  test('places ranks where a dumb search one by one would', () => {
    fc.assert(
      fc.property(nodes, shapes, (drawn, shape) => {
        const free = drawn.map(({ cores, memory }, at) => ({
          name: `n${at}`,
          cores: cores.length,
          memoryBytes: memory,
        }));
        const wanted = referenceNodes(shape, free);
        const rooms = free.flatMap((node) => {
          const ranks = ranksOn(shape, node.cores, node);
          return ranks > 0 ? [{ node, ranks }] : [];
        });
        const shares = chooseShares(shape, rooms, () => NO_TRAITS);
        const got = shares?.flatMap(({ node, ranks }) =>
          Array.from({ length: ranks }, () => Number(node.name.slice(1))),
        );
        expect(got).toEqual(wanted);
      }),
      { numRuns: 2_000 },
    );
  });
});

const NO_TRAITS = { name: '', features: new Set<string>(), switch: undefined, model: '' };
