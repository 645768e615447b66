import type { Endpoint } from './endpoint.ts';
import { SEGMENT_SLOTS, SEGMENT_PHASES, segmentArea } from './layout.ts';
import type { Memory } from './memory.ts';
import { readLife, readUsage, setBlocked, usageCells } from './usage.ts';
import type { SegmentReport } from './wiring.ts';

/**
 * What the accounting needs to say where time went (docs/speedup.md 2.3): segment k is the work
 * before the world's collective k. On entering it a rank notes its useful seconds u_k since the last
 * one, and the seconds b_(k-1) it was blocked since then. The part's first rank closes a segment once
 * all have noted it: sum, largest and second largest u, least b. Two clock reads and a few writes per
 * call; memory does not grow with the run. Only in attempts of one part, where all ranks share it.
 *
 * Collectives that follow each other within microseconds are noted together, as the work before the
 * last of them: the first rank proposes at every meeting which one is noted next, so all agree.
 *
 *   area   doubles 0..3: collectives entered, useful and blocked then; 8..12: totals (first rank)
 *   slot   doubles u, b; words: number of the collective + 1, phase
 *   phase  seconds that this rank worked alone in it; 64 bytes of name
 */
const ENTERED = 0;
const USEFUL = 1;
const BLOCKED = 2;
const TOTAL_USEFUL = 8;
const TOTAL_CRITICAL = 9;
const TOTAL_SERIAL = 10;
const TOTAL_TRANSFER = 11;
const CLOSED = 12;
const SLOT_BYTES = 24;
const SLOTS = 32;
const PHASES = 16;
const NAME_BYTES = 64;
/** One rank worked alone when the second largest is at most this share of the largest. */
const ALONE = 0.1;

export type SegmentState = {
  /** Times, in an array: a number in a field of an object costs garbage whenever it changes. */
  readonly times: Float64Array;
  /** Collectives of the world so far, and which one is noted next. */
  calls: number;
  next: number;
  /** What the first rank will say at the next meeting that `next` should be. */
  proposed: number;
  /** How many collectives lie between two that are noted. */
  stride: number;
  /** Index + 1 of the phase named last; 0 before the first and beyond PHASES. */
  phase: number;
  readonly names: string[];
};

/** When the rank's time began and when a collective was noted last, in ms. */
const STARTED_MS = 0;
const NOTED_MS = 1;
/** When the last collective was entered if that was noted, else 0; and the seconds blocked before. */
const ENTERED_MS = 2;
const BLOCKED_BEFORE = 3;

/** Undefined where ranks do not share one memory. */
export const segmentState = (memory: Memory): SegmentState | undefined =>
  memory.layout.parts > 1
    ? undefined
    : {
        times: Float64Array.of(performance.now(), 0, 0, 0),
        calls: 0,
        next: 0,
        proposed: 0,
        stride: 1,
        phase: 0,
        names: [],
      };

/** The rank's time begins now. */
export function restartSegments({ segments }: Endpoint): void {
  if (segments) segments.times[STARTED_MS] = performance.now();
}

/** Notes are at most this far apart, and this close together before they become rarer. */
const STRIDE_MAXIMUM = 64;
const CROWDED_MS = 0.02;
/** Closing takes cache lines from the other ranks, so several segments are closed at once. */
const CLOSED_TOGETHER = 8;

/** Called by every rank on entering a collective of the world. */
export function enterCollective(endpoint: Endpoint): void {
  const { segments } = endpoint;
  if (segments === undefined) return;
  segments.calls += 1;
  segments.times[ENTERED_MS] = 0;
  if (segments.calls >= segments.next) note(endpoint, segments);
}

function note({ memory, local, usage }: Endpoint, segments: SegmentState): void {
  const { doubles, words, layout } = memory;
  const area = segmentArea(layout, local);
  const own = area / 8;
  const now = performance.now();
  const blocked = doubles[usage.at + 2] ?? 0;
  const { times } = segments;
  times[ENTERED_MS] = now;
  times[BLOCKED_BEFORE] = blocked;
  const useful = (now - (times[STARTED_MS] ?? 0)) / 1000 - blocked;
  const entered = doubles[own + ENTERED] ?? 0;
  const slot = area + SEGMENT_SLOTS + (entered % SLOTS) * SLOT_BYTES;
  doubles[slot / 8] = Math.max(0, useful - (doubles[own + USEFUL] ?? 0));
  doubles[slot / 8 + 1] = Math.max(0, blocked - (doubles[own + BLOCKED] ?? 0));
  words[slot / 4 + 5] = segments.phase;
  Atomics.store(words, slot / 4 + 4, entered + 1);
  doubles[own + ENTERED] = entered + 1;
  doubles[own + USEFUL] = useful;
  doubles[own + BLOCKED] = blocked;
  if (local !== 0) return;
  const crowded = now - (times[NOTED_MS] ?? 0) < CROWDED_MS;
  segments.stride = crowded ? Math.min(STRIDE_MAXIMUM, segments.stride * 2) : 1;
  times[NOTED_MS] = now;
  segments.proposed = segments.calls + segments.stride;
  if (entered % CLOSED_TOGETHER === 0) closeSegments(memory, entered);
}

/**
 * Called on leaving it, except by calls that are too short for a second clock read: what a collective
 * does itself, copying and reducing, is as little useful work as its waiting.
 */
export function leaveCollective({ segments, usage }: Endpoint): void {
  const entered = segments?.times[ENTERED_MS] ?? 0;
  if (segments === undefined || entered === 0) return;
  const inside = (performance.now() - entered) / 1000;
  segments.times[ENTERED_MS] = 0;
  setBlocked(usage, (segments.times[BLOCKED_BEFORE] ?? 0) + inside);
}

/** Names what follows; the names of at most PHASES are kept. */
export function enterPhase({ segments, memory, local }: Endpoint, name: string): void {
  if (segments === undefined) return;
  let index = segments.names.indexOf(name);
  if (index < 0 && segments.names.length < PHASES) {
    index = segments.names.push(name) - 1;
    const at = segmentArea(memory.layout, local) + SEGMENT_PHASES + 8 * PHASES + index * NAME_BYTES;
    // Whole characters only, and not straight into shared memory, which encoders refuse.
    const encoded = new Uint8Array(NAME_BYTES - 1);
    const { written } = new TextEncoder().encodeInto(name, encoded);
    memory.bytes.set(encoded, at + 1);
    memory.bytes[at] = written;
  }
  segments.phase = index + 1;
}

/** Closes segments below `until` as far as every rank has noted them. */
function closeSegments(memory: Memory, until: number): void {
  const { doubles, words, layout } = memory;
  const totals = segmentArea(layout, 0) / 8;
  const ranks = layout.localRanks.length;
  for (let k = doubles[totals + CLOSED] ?? 0; k < until; k++) {
    const within = SEGMENT_SLOTS + (k % SLOTS) * SLOT_BYTES;
    const segment = new Segment();
    for (let local = 0; local < ranks; local++) {
      const slot = segmentArea(layout, local) + within;
      const noted = Atomics.load(words, slot / 4 + 4);
      if (noted < k + 1) return;
      segment.add(local, {
        useful: doubles[slot / 8] ?? 0,
        blocked: doubles[slot / 8 + 1] ?? 0,
        phase: words[slot / 4 + 5] ?? 0,
      });
      // A rank that waits for nobody may be a round ahead: this segment is lost to it.
      segment.lost ||= Atomics.load(words, slot / 4 + 4) !== k + 1;
    }
    if (!segment.lost) segment.book(memory);
    doubles[totals + CLOSED] = k + 1;
  }
}

type Noted = { readonly useful: number; readonly blocked: number; readonly phase: number };

class Segment {
  lost = false;
  private sum = 0;
  private most = 0;
  private second = 0;
  private least = Number.POSITIVE_INFINITY;
  private busiest = 0;
  private phase = 0;

  add(local: number, { useful, blocked, phase }: Noted): void {
    this.sum += useful;
    this.least = Math.min(this.least, blocked);
    if (useful > this.most) {
      this.second = this.most;
      this.most = useful;
      this.busiest = local;
      this.phase = phase;
    } else if (useful > this.second) this.second = useful;
  }

  book({ doubles, layout }: Memory): void {
    const { most, second } = this;
    const totals = segmentArea(layout, 0) / 8;
    const add = (cell: number, seconds: number): void => {
      doubles[cell] = (doubles[cell] ?? 0) + seconds;
    };
    add(totals + TOTAL_USEFUL, this.sum);
    add(totals + TOTAL_CRITICAL, most);
    add(totals + TOTAL_TRANSFER, this.least);
    if (second > ALONE * most) return;
    add(totals + TOTAL_SERIAL, most - second);
    if (this.phase === 0) return;
    const phases = segmentArea(layout, this.busiest) + SEGMENT_PHASES;
    add(phases / 8 + this.phase - 1, most - second);
  }
}

/**
 * Of an attempt whose ranks have all left: what follows the last collective is one more segment.
 * Undefined for attempts of several parts.
 */
export function segmentReport(memory: Memory): SegmentReport | undefined {
  const { doubles, layout } = memory;
  if (layout.parts > 1) return undefined;
  const areas = layout.localRanks.map((_, local) => segmentArea(layout, local) / 8);
  const cell = (area: number, index: number): number => doubles[area + index] ?? 0;
  closeSegments(memory, Math.max(...areas.map((area) => cell(area, ENTERED))));
  const tail = new Segment();
  for (const [local, area] of areas.entries()) {
    const { usefulSeconds, blockedSeconds } = readUsage(usageCells(memory, local));
    const useful = Math.max(0, usefulSeconds - cell(area, USEFUL));
    const blocked = Math.max(0, blockedSeconds - cell(area, BLOCKED));
    tail.add(local, { useful, blocked, phase: 0 });
  }
  tail.book(memory);
  const [first = 0] = areas;
  const criticalSeconds = cell(first, TOTAL_CRITICAL);
  const transferSeconds = cell(first, TOTAL_TRANSFER);
  return {
    spanSeconds: spanSeconds(memory, criticalSeconds + transferSeconds),
    usefulSeconds: cell(first, TOTAL_USEFUL),
    criticalSeconds,
    serialSeconds: cell(first, TOTAL_SERIAL),
    transferSeconds,
    serialPhase: serialPhase(memory),
  };
}

/**
 * How long the run had taken if its ranks had begun at one moment, which threads on a busy node do
 * not. Had all waited for the last to begin, none would have ended earlier; had all begun with the
 * first, none later: so it lies between these two spans, and the sum over the segments says where.
 */
function spanSeconds(memory: Memory, sumSeconds: number): number {
  let [firstStart, lastStart, lastEnd] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const local of memory.layout.localRanks.keys()) {
    const life = readLife(usageCells(memory, local));
    if (!life) continue;
    firstStart = Math.min(firstStart, life.startedS);
    lastStart = Math.max(lastStart, life.startedS);
    lastEnd = Math.max(lastEnd, life.leftS);
  }
  if (lastEnd === 0) return 0;
  return Math.min(lastEnd - firstStart, Math.max(lastEnd - lastStart, sumSeconds));
}

/** The phase in which ranks worked alone longest. */
function serialPhase({ doubles, bytes, layout }: Memory): string | undefined {
  const seconds = new Map<string, number>();
  for (const local of layout.localRanks.keys()) {
    const phases = segmentArea(layout, local) + SEGMENT_PHASES;
    for (let index = 0; index < PHASES; index++) {
      const at = phases + 8 * PHASES + index * NAME_BYTES;
      const alone = doubles[phases / 8 + index] ?? 0;
      if (alone === 0) continue;
      const name = new TextDecoder().decode(bytes.slice(at + 1, at + 1 + (bytes[at] ?? 0)));
      seconds.set(name, (seconds.get(name) ?? 0) + alone);
    }
  }
  const [longest] = [...seconds].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  // It travels in reports and lines of text.
  return longest?.[0].replaceAll(/\p{Cc}/gu, '\uFFFD');
}
