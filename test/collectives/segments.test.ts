import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  addSegment,
  NO_SEGMENTS,
  segmentOf,
  type SegmentTotals,
} from '../../accounting/speedup/segments.ts';
import { COLLECTIVES } from '../../collectives/call.ts';
import { openEndpoint } from '../../collectives/endpoint.ts';
import { BLOCK_SCRATCH, BLOCK_USAGE, layoutOf } from '../../collectives/layout.ts';
import { createMemory } from '../../collectives/memory.ts';
import {
  enterCollective,
  enterPhase,
  leaveCollective,
  restartSegments,
  segmentReport,
} from '../../collectives/segments.ts';
import {
  addBlocked,
  countCall,
  markLeft,
  markStarted,
  countCheckpoint,
  readKinds,
  USAGE_BYTES,
  readUsage,
} from '../../collectives/usage.ts';

/** The bookkeeping of ranks against the plain sums of accounting/, on a clock that the test moves. */
let nowMs = 0;
beforeEach(() => {
  nowMs = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => BigInt(Math.round(nowMs * 1e6)));
});
afterEach(() => vi.restoreAllMocks());

function openRanks(partOfRank: readonly number[]) {
  const layout = layoutOf(partOfRank, 0);
  const memory = createMemory(layout);
  const place = { wasm: memory.wasm, part: 0, channel: 'segments', timeoutSeconds: 0, cores: 2 };
  const ranks = layout.localRanks.map((rank) => openEndpoint(rank, layout, place));
  nowMs = 2_000;
  for (const rank of ranks) {
    markStarted(rank.usage);
    restartSegments(rank);
  }
  return { memory, ranks };
}

/** Each row: useful milliseconds of every rank before the next collective. */
function simulate(rows: readonly (readonly number[])[], phases: readonly string[] = []) {
  const { memory, ranks } = openRanks(rows[0]?.map(() => 0) ?? []);
  let totals: SegmentTotals = NO_SEGMENTS;
  const blockedMs = ranks.map(() => 0);
  const usefulMs = ranks.map(() => 0);
  for (const [k, row] of rows.entries()) {
    const most = Math.max(...row);
    for (const [index, rank] of ranks.entries()) {
      usefulMs[index] = (usefulMs[index] ?? 0) + (row[index] ?? 0);
      nowMs = 2_000 + (usefulMs[index] ?? 0) + (blockedMs[index] ?? 0);
      if (phases[k] !== undefined) enterPhase(rank, phases[k]);
      if (k < rows.length - 1) enterCollective(rank);
    }
    // All leave together, one millisecond of transfer after the last came.
    const transferMs = k < rows.length - 1 ? 1 : 0;
    for (const [index, rank] of ranks.entries()) {
      const waitedMs = most - (row[index] ?? 0) + transferMs;
      if (k < rows.length - 1) {
        blockedMs[index] = (blockedMs[index] ?? 0) + waitedMs;
        addBlocked(rank.usage, waitedMs / 1000);
      } else {
        nowMs = 2_000 + (usefulMs[index] ?? 0) + (blockedMs[index] ?? 0);
        markLeft(rank.usage);
      }
    }
    const seconds = row.map((milliseconds) => milliseconds / 1000);
    totals = addSegment(totals, segmentOf(seconds, transferMs / 1000));
  }
  return { report: segmentReport(memory), totals };
}

describe('segments', () => {
  test('sum, critical, serial and transfer are those of the plain sums', () => {
    const rows = [
      [40, 0, 0, 0],
      [100, 110, 90, 100],
      [0, 35, 1, 0],
      ...Array.from({ length: 100 }, (_, k) => [k, 2 * k, 7, 3]),
      [10, 12, 9, 1],
    ];
    const { report, totals } = simulate(rows);
    expect(report?.usefulSeconds).toBeCloseTo(totals.usefulSeconds, 9);
    expect(report?.criticalSeconds).toBeCloseTo(totals.criticalSeconds, 9);
    expect(report?.serialSeconds).toBeCloseTo(totals.serialSeconds, 9);
    expect(report?.transferSeconds).toBeCloseTo(totals.transferSeconds, 9);
    expect(report?.spanSeconds).toBeCloseTo(totals.criticalSeconds + totals.transferSeconds, 9);
  });

  test('serial time belongs to the phase in which it was', () => {
    const rows = [
      [5, 0],
      [9, 9],
      [80, 1],
      [5, 5],
      [3, 3],
    ];
    const { report } = simulate(rows, ['read', 'compute', 'assemble\n', 'compute', 'end']);
    expect(report?.serialPhase).toBe('assemble\uFFFD');
    expect(simulate(rows).report?.serialPhase).toBeUndefined();
  });

  test('without a collective the whole run is one segment', () => {
    const { report } = simulate([[30, 20]]);
    expect(report?.spanSeconds).toBeCloseTo(0.03, 9);
    expect(report?.usefulSeconds).toBeCloseTo(0.05, 9);
    expect(report?.criticalSeconds).toBeCloseTo(0.03, 9);
  });

  test('what a collective does itself is not useful work', () => {
    const { memory, ranks } = openRanks([0, 0]);
    for (const rank of ranks) {
      nowMs = 2_030;
      enterCollective(rank);
      nowMs = 2_035;
      addBlocked(rank.usage, 0.002);
      leaveCollective(rank);
      nowMs = 2_045;
      markLeft(rank.usage);
    }
    expect(readUsage(ranks[0]!.usage).blockedSeconds).toBeCloseTo(0.005, 9);
    const report = segmentReport(memory);
    expect(report?.usefulSeconds).toBeCloseTo(0.08, 9);
    expect(report?.transferSeconds).toBeCloseTo(0.005, 9);
    expect(report?.spanSeconds).toBeCloseTo(0.045, 9);
  });

  test('blocked time belongs to the kind of call that was made last', () => {
    const { ranks } = openRanks([0]);
    const { usage } = ranks[0]!;
    const [barrier, allreduce] = [COLLECTIVES.indexOf('barrier'), COLLECTIVES.indexOf('allreduce')];
    for (const [kind, seconds] of [
      [barrier, 0.25],
      [allreduce, 1],
      [allreduce, 2],
      [barrier, 0.5],
    ] as const) {
      countCall(usage, kind);
      addBlocked(usage, seconds);
    }
    const kinds = [
      { kind: 'barrier', calls: 2, seconds: 0.75 },
      { kind: 'allreduce', calls: 2, seconds: 3 },
    ];
    expect([readKinds(usage), readKinds(usage)]).toEqual([kinds, kinds]);
  });

  test('checkpoints are counted beside the collectives they are made of, in their place', () => {
    const { ranks } = openRanks([0]);
    const { usage } = ranks[0]!;
    countCall(usage, COLLECTIVES.indexOf('allreduce'));
    addBlocked(usage, 0.25);
    const before = readUsage(usage);
    countCheckpoint(usage, 0.5);
    countCheckpoint(usage, 1);
    expect(readUsage(usage)).toMatchObject({ calls: 1, blockedSeconds: before.blockedSeconds });
    expect(readKinds(usage)).toEqual([
      { kind: 'allreduce', calls: 1, seconds: 0.25 },
      { kind: 'checkpoint', calls: 2, seconds: 1.5 },
    ]);
    expect(BLOCK_USAGE + USAGE_BYTES).toBeLessThanOrEqual(BLOCK_SCRATCH);
  });

  test('a rank has left when its kernel returned, however late its thread ends', () => {
    const { ranks } = openRanks([0]);
    nowMs = 2_100;
    markLeft(ranks[0]!.usage);
    nowMs = 2_900;
    markLeft(ranks[0]!.usage);
    expect(readUsage(ranks[0]!.usage).usefulSeconds).toBeCloseTo(0.1, 9);
  });

  test.each([
    ['they met', 100, 0.101],
    ['they never met', undefined, 0.1],
  ])('threads that begin late do not lengthen the run: %s', (_, meetsAfterMs, span) => {
    const { memory, ranks } = openRanks([0, 0]);
    for (const [index, rank] of ranks.entries()) {
      const beganMs = 2_000 + 12 * index;
      nowMs = beganMs;
      markStarted(rank.usage);
      restartSegments(rank);
      nowMs = beganMs + 100;
      if (meetsAfterMs !== undefined) {
        enterCollective(rank);
        nowMs = 2_113;
        leaveCollective(rank);
      }
      markLeft(rank.usage);
    }
    expect(segmentReport(memory)?.spanSeconds).toBeCloseTo(span, 9);
  });
});
