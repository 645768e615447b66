import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeName } from '../../scheduler/model/ids.ts';
import type { FreeNode, RankShape } from '../../scheduler/policy/placement.ts';
import { placeRanks } from '../../scheduler/policy/placement.ts';

/** One rank at a time, on the first node that has room for it; a single node that holds all comes first. */
function referenceNodes(shape: RankShape, nodes: readonly FreeNode[]): number[] | undefined {
  const room = nodes.map((node) => [node.freeCores.length, node.freeMemoryBytes]);
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
  test('places ranks where a dumb search one by one would, on free cores, each once', () => {
    fc.assert(
      fc.property(nodes, shapes, (drawn, shape) => {
        const free = drawn.map(({ cores, memory }, at) => ({
          name: nodeName(`n${at}`),
          epoch: 1,
          coreCount: cores.length,
          memoryBytes: memory,
          freeCores: cores.toSorted((a, b) => a - b),
          freeMemoryBytes: memory,
        }));
        const before = structuredClone(free);
        const wanted = referenceNodes(shape, free);
        const parts = placeRanks(shape, free);
        const got = parts?.flatMap((part) =>
          Array.from({ length: part.ranks }, () => Number(part.node.slice(1))),
        );
        expect(got).toEqual(wanted);
        if (!parts) expect(free).toEqual(before);
        let next = 0;
        for (const part of parts ?? []) {
          expect(part.firstRank).toBe(next);
          next += part.ranks;
          expect(part.cores.length).toBe(part.ranks * shape.coresPerRank);
          const node = before[Number(part.node.slice(1))];
          expect(part.cores.every((core) => node?.freeCores.includes(core))).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
