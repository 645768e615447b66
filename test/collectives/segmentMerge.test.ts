import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  addSegment,
  NO_SEGMENTS,
  segmentOf,
  type SegmentTotals,
} from '../../accounting/speedup/segments.ts';
import { createDelivery, deliver } from '../../collectives/deliver.ts';
import { type Endpoint, openEndpoint } from '../../collectives/endpoint.ts';
import { layoutOf } from '../../collectives/layout.ts';
import { createMemory } from '../../collectives/memory.ts';
import { encodeNotes, readNote } from '../../collectives/segmentLog.ts';
import { mergeSegments } from '../../collectives/segmentMerge.ts';
import {
  enterCollective,
  enterPhase,
  leaveCollective,
  restartSegments,
} from '../../collectives/segments.ts';
import { FrameKind } from '../../collectives/transport/frame.ts';
import type { Link } from '../../collectives/transport/link.ts';
import { markLeft, markStarted } from '../../collectives/usage.ts';

/** What the parts of an attempt tell each other, against the plain sums of accounting/; the test moves the clock. */
let nowMs = 0;
beforeEach(() => {
  nowMs = 1_000;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => BigInt(Math.round(nowMs * 1e6)));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const PARTS = [0, 1, 1, 0, 2];

/** All parts of one attempt in this thread; frames to part 0 arrive at once. */
function openParts(partOfRank: readonly number[]) {
  const parts = [...new Set(partOfRank)].sort((a, b) => a - b);
  const memories = parts.map((part) => createMemory(layoutOf(partOfRank, part)));
  const delivery = createDelivery(memories[0]!);
  const ranks: Endpoint[] = [];
  const hosts = memories.map((memory, part) => {
    for (const rank of memory.layout.localRanks) {
      const place = { wasm: memory.wasm, part, channel: 'merge', timeoutSeconds: 0, cores: 2 };
      ranks[rank] = openEndpoint(rank, memory.layout, place);
    }
    const send: Link['send'] = (frame) => deliver(delivery, part, frame);
    const toFirst = { send } as Link;
    return mergeSegments(memory, new Map(part === 0 ? [] : [[0, toFirst]]));
  });
  return { memories, hosts, ranks };
}

type Simulated = { readonly phases?: readonly string[]; readonly lateMs?: readonly number[] };

/** Each row: useful milliseconds of every rank before the next collective; the last row's none follows. */
async function simulate(rows: readonly (readonly number[])[], options: Simulated = {}) {
  const { hosts, ranks } = openParts(PARTS);
  const lateMs = ranks.map((rank) => options.lateMs?.[rank.layout.part] ?? 0);
  for (const [index, rank] of ranks.entries()) {
    nowMs = 2_000 + lateMs[index]!;
    markStarted(rank.usage);
    restartSegments(rank);
  }
  for (const host of hosts) host.start();
  let totals: SegmentTotals = NO_SEGMENTS;
  const atMs = lateMs.map((late) => 2_000 + late);
  for (const [k, row] of rows.entries()) {
    const isLast = k === rows.length - 1;
    const name = options.phases?.[k];
    const entersMs = row.map((ms, index) => atMs[index]! + ms);
    const leaveMs = Math.max(...entersMs) + 1;
    for (const [index, rank] of ranks.entries()) {
      nowMs = atMs[index]! + row[index]!;
      if (name !== undefined) enterPhase(rank, name);
      if (isLast) markLeft(rank.usage);
      else enterCollective(rank);
    }
    for (const [index, rank] of ranks.entries()) {
      nowMs = leaveMs;
      atMs[index] = leaveMs;
      if (!isLast) leaveCollective(rank);
    }
    const useful = row.map((ms) => ms / 1000);
    const transfer = isLast ? 0 : 1e-3;
    totals = addSegment(totals, segmentOf(useful, transfer));
    if (k % 50 === 49) vi.advanceTimersByTime(20);
  }
  const [first, ...others] = hosts;
  for (const host of others) expect(await host.report()).toBeUndefined();
  const report = await first?.report();
  for (const host of hosts) host.stop();
  return { report, totals };
}

const ROWS = [
  [40, 0, 0, 0, 1],
  [100, 110, 90, 100, 120],
  [0, 35, 1, 0, 0],
  [9, 9, 2, 9, 9],
  [0, 0, 50, 70, 60],
  ...Array.from({ length: 300 }, (_, k) => [k, 2 * k, 7, 3, 5 * k]),
  [10, 12, 9, 1, 14],
];

describe('segments of several parts', () => {
  test('sum, critical, serial and transfer are those of the plain sums', async () => {
    const { report, totals } = await simulate(ROWS);
    // What other parts tell travels in single precision.
    expect(report?.usefulSeconds).toBeCloseTo(totals.usefulSeconds, 9);
    expect(report?.criticalSeconds).toBeCloseTo(totals.criticalSeconds, 4);
    expect(report?.serialSeconds).toBeCloseTo(totals.serialSeconds, 4);
    expect(totals.serialSeconds).toBeGreaterThan(0.07);
    expect(report?.transferSeconds).toBeCloseTo(totals.transferSeconds, 5);
    expect(report?.spanSeconds).toBeCloseTo(totals.criticalSeconds + totals.transferSeconds, 4);
  });

  test('serial time belongs to the phase in which it was, whatever part it was in', async () => {
    const phases = ['read', 'compute', 'assemble'];
    const { report } = await simulate(
      [
        [30, 1, 1, 1, 1],
        [50, 50, 50, 50, 50],
        [1, 1, 80, 1, 1],
        [3, 3, 3, 3, 3],
      ],
      { phases },
    );
    expect(report?.serialPhase).toBe('assemble');
    expect((await simulate(ROWS)).report?.serialPhase).toBeUndefined();
  });

  test('a part that begins late does not lengthen the run', async () => {
    const rows = [
      [50, 50, 50, 50, 50],
      [10, 10, 10, 10, 10],
    ];
    const { report } = await simulate(rows, { lateMs: [0, 40, 5] });
    expect(report?.spanSeconds).toBeCloseTo(0.061, 6);
    expect(report?.transferSeconds).toBeCloseTo(0.001, 6);
  });

  test('without a collective the whole run is one segment', async () => {
    const { report } = await simulate([[30, 20, 10, 5, 25]]);
    expect(report?.usefulSeconds).toBeCloseTo(0.09, 9);
    expect(report?.criticalSeconds).toBeCloseTo(0.03, 6);
    expect(report?.spanSeconds).toBeCloseTo(0.03, 6);
  });

  test('what was noted over before a host came by is left out, the rest is not', async () => {
    const { hosts, ranks } = openParts([0, 1]);
    for (const rank of ranks) {
      markStarted(rank.usage);
      restartSegments(rank);
    }
    const most = ranks[0]!.layout.segmentSlots;
    for (let k = 0; k < most + 100; k++) {
      nowMs += 1;
      for (const rank of ranks) enterCollective(rank);
    }
    for (const rank of ranks) markLeft(rank.usage);
    await hosts[1]?.report();
    const report = await hosts[0]?.report();
    expect(report?.criticalSeconds).toBeCloseTo(most / 1000, 4);
    expect(report?.usefulSeconds).toBeCloseTo((2 * (most + 100)) / 1000, 9);
  });

  test('a part that has said no end leaves the report out', async () => {
    const { hosts, ranks } = openParts([0, 1]);
    for (const rank of ranks) markLeft(rank.usage);
    const asked = hosts[0]!.report();
    nowMs += 1_000;
    expect(await asked).toBeUndefined();
  });
});

describe('frames of segments', () => {
  const frame = (kind: FrameKind, payload: Uint8Array) => ({
    kind,
    source: 1,
    destination: -1,
    payload,
  });
  const note = { sum: 3, most: 2, second: 1, least: 0.5, phase: 4 };

  test('carry what was noted, and say what is not known', () => {
    const { memories } = openParts([0, 1]);
    const notes = Array.from({ length: 600 }, (_, k) => (k === 300 ? undefined : note));
    for (const payload of encodeNotes(10_000, notes))
      deliver(createDelivery(memories[0]!), 1, frame(FrameKind.segments, payload));
    expect(readNote(memories[0]!, 1, 10_599)).toEqual(note);
    expect(readNote(memories[0]!, 1, 10_600)).toBeUndefined();
    expect(readNote(memories[0]!, 1, 10_300)).toBe('lost');
    expect(readNote(memories[0]!, 1, 10_000 - memories[0]!.layout.segmentSlots + 300)).toBe('lost');
  });

  test.each([
    ['a torn note', FrameKind.segments, new Uint8Array(8 + 19)],
    ['no number', FrameKind.segments, new Uint8Array(7)],
    ['a number that cannot be', FrameKind.segments, encodeNotes(-5, [note])[0]!],
    ['half a number', FrameKind.segments, encodeNotes(0.5, [note])[0]!],
    ['a number beyond all', FrameKind.segments, encodeNotes(2 ** 31, [note])[0]!],
    ['an end that is too long', FrameKind.segmentsEnd, new Uint8Array(9_000)],
    ['an end that is no JSON', FrameKind.segmentsEnd, Buffer.from('{')],
    ['an end without numbers', FrameKind.segmentsEnd, Buffer.from('{"segments":1,"phases":[]}')],
    ['an end that is nothing', FrameKind.segmentsEnd, new Uint8Array(0)],
  ])('are refused: %s', (_, kind, payload) => {
    const { memories } = openParts([0, 1]);
    const send = () => deliver(createDelivery(memories[0]!), 1, frame(kind, payload));
    expect(send).toThrow(RangeError);
  });

  test('are refused by other parts than the first', () => {
    const { memories } = openParts([0, 1]);
    const [payload] = encodeNotes(0, [note]);
    const send = () =>
      deliver(createDelivery(memories[1]!), 0, {
        ...frame(FrameKind.segments, payload!),
        source: 0,
      });
    expect(send).toThrow(RangeError);
  });
});
