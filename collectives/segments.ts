import type { Endpoint } from './endpoint.ts';
import { BLOCK_NOTES, SEGMENT_PHASES, SEGMENT_SLOTS, SEGMENT_SLOT_BYTES } from './layout.ts';
import { blockOf, segmentArea } from './layout.ts';
import type { Memory } from './memory.ts';
import { Segment } from './segment.ts';
import { blockedInKind, blockedSeconds, readLife, readUsage, setBlockedInKind } from './usage.ts';
import { usageCells } from './usage.ts';
import { NOTES } from './wasm/meetingLayout.ts';
import type { SegmentReport } from './wiring.ts';

/**
 * What the accounting needs to say where time went (docs/speedup.md 2.3): segment k is the work
 * before the world's collective k. On entering it a rank notes its useful seconds u_k since the last
 * one, and the seconds b_(k-1) it was blocked since then. The part's first rank closes a segment once
 * all have noted it: sum, largest and second largest u, least b. Two clock reads and a few writes per
 * call; memory does not grow with the run. In attempts of several parts their hosts do the rest
 * (segmentMerge.ts).
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
const PHASES = 16;
const NAME_BYTES = 64;

export type SegmentState = {
  /** Times, in an array: a number in a field of an object costs garbage whenever it changes. */
  readonly times: Float64Array;
  /**
   * Index of three words (NOTES), which kernels read and write too: collectives of the world so far,
   * which one is noted next, and what the first rank will say at the next meeting that this should be.
   */
  readonly notes: number;
  /** How many collectives lie between two that are noted. */
  stride: number;
  /** Index + 1 of the phase named last; 0 before the first and beyond PHASES. */
  phase: number;
  readonly names: string[];
};

/** When the rank's time began and when a collective was noted last, in ms. */
const STARTED_MS = 0;
const NOTED_MS = 1;
/**
 * When the last collective was entered if that was noted, else 0; and the seconds that calls of its
 * kind had been blocked before.
 */
const ENTERED_MS = 2;
const BLOCKED_BEFORE = 3;

export const segmentState = (memory: Memory, local: number): SegmentState => ({
  times: Float64Array.of(performance.now(), 0, 0, 0),
  notes: (blockOf(memory.layout, local) + BLOCK_NOTES) / 4,
  stride: 1,
  phase: 0,
  names: [],
});

/** The rank's time begins now. */
export function restartSegments({ segments }: Endpoint): void {
  segments.times[STARTED_MS] = performance.now();
}

/**
 * Notes are at most so many calls apart. Closer in time than CROWDED_MS, they become rarer; twice as far apart,
 * as after a short hindrance, more frequent; beyond SPARSE_MS every call is noted again.
 */
const STRIDE_MAXIMUM = 256;
const CROWDED_MS = 0.02;
const SPARSE_MS = 0.5;
/** Closing takes cache lines from the other ranks, so several segments are closed at once. */
const CLOSED_TOGETHER = 8;

const word = ({ memory }: Endpoint, { notes }: SegmentState, at: number): number =>
  memory.words[notes + at / 4] ?? 0;
const setWord = (endpoint: Endpoint, { notes }: SegmentState, at: number, value: number): void => {
  endpoint.memory.words[notes + at / 4] = value;
};

/** Called by every rank on entering a collective of the world, and after `countCall`. */
export function enterCollective(endpoint: Endpoint): void {
  const { segments } = endpoint;
  const calls = (word(endpoint, segments, NOTES.calls) + 1) | 0;
  setWord(endpoint, segments, NOTES.calls, calls);
  segments.times[ENTERED_MS] = 0;
  // They wrap around.
  const due = ((calls - word(endpoint, segments, NOTES.next)) | 0) >= 0;
  if (due || endpoint.layout.parts > 1) note(endpoint, segments, calls);
}

/** The same for a kernel that counts the call itself, and which only then goes on. */
export function enterNoted(endpoint: Endpoint): void {
  const { segments } = endpoint;
  const calls = (word(endpoint, segments, NOTES.calls) + 1) | 0;
  note(endpoint, segments, calls);
  setWord(endpoint, segments, NOTES.next, calls + 1);
}

function strideAfter(stride: number, apartMs: number): number {
  if (apartMs > SPARSE_MS) return 1;
  if (apartMs > 2 * CROWDED_MS) return Math.max(1, stride >> 1);
  return apartMs < CROWDED_MS ? Math.min(STRIDE_MAXIMUM, stride * 2) : stride;
}

function note(endpoint: Endpoint, segments: SegmentState, calls: number): void {
  const { memory, local, usage } = endpoint;
  const { doubles, words, layout } = memory;
  const area = segmentArea(layout, local);
  const own = area / 8;
  const now = performance.now();
  const blocked = blockedSeconds(usage);
  const { times } = segments;
  times[ENTERED_MS] = now;
  times[BLOCKED_BEFORE] = blockedInKind(usage);
  const useful = (now - (times[STARTED_MS] ?? 0)) / 1000 - blocked;
  const entered = doubles[own + ENTERED] ?? 0;
  const slot = area + SEGMENT_SLOTS + (entered % layout.segmentSlots) * SEGMENT_SLOT_BYTES;
  doubles[slot / 8] = Math.max(0, useful - (doubles[own + USEFUL] ?? 0));
  doubles[slot / 8 + 1] = Math.max(0, blocked - (doubles[own + BLOCKED] ?? 0));
  words[slot / 4 + 5] = segments.phase;
  Atomics.store(words, slot / 4 + 4, entered + 1);
  doubles[own + ENTERED] = entered + 1;
  doubles[own + USEFUL] = useful;
  doubles[own + BLOCKED] = blocked;
  // Parts cannot agree on leaving some out, and what lies between them takes longer than a note.
  if (local !== 0 || layout.parts > 1) return;
  const apartMs = now - (times[NOTED_MS] ?? 0);
  segments.stride = strideAfter(segments.stride, apartMs);
  times[NOTED_MS] = now;
  setWord(endpoint, segments, NOTES.proposed, calls + segments.stride);
  if (entered % CLOSED_TOGETHER === 0) closeSegments(memory, entered);
}

/**
 * Called on leaving it, except by calls that are too short for a second clock read: what a collective
 * does itself, copying and reducing, is as little useful work as its waiting.
 */
export function leaveCollective({ segments, usage }: Endpoint): void {
  const entered = segments.times[ENTERED_MS] ?? 0;
  if (entered === 0) return;
  const inside = (performance.now() - entered) / 1000;
  segments.times[ENTERED_MS] = 0;
  setBlockedInKind(usage, (segments.times[BLOCKED_BEFORE] ?? 0) + inside);
}

/** Names what follows; the names of at most PHASES are kept. */
export function enterPhase({ segments, memory, local }: Endpoint, name: string): void {
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
  const { doubles, layout } = memory;
  const totals = segmentArea(layout, 0) / 8;
  for (let k = doubles[totals + CLOSED] ?? 0; k < until; k++) {
    const segment = notedSegment(memory, k);
    if (segment === undefined) return;
    if (!segment.lost) book(memory, segment);
    doubles[totals + CLOSED] = k + 1;
  }
}

/** Segment k of this part's ranks, by local index; undefined until all have noted it. */
export function notedSegment({ doubles, words, layout }: Memory, k: number): Segment | undefined {
  const within = SEGMENT_SLOTS + (k % layout.segmentSlots) * SEGMENT_SLOT_BYTES;
  const segment = new Segment();
  for (let local = 0; local < layout.localRanks.length; local++) {
    const slot = segmentArea(layout, local) + within;
    if (Atomics.load(words, slot / 4 + 4) < k + 1) return undefined;
    const useful = doubles[slot / 8] ?? 0;
    const least = doubles[slot / 8 + 1] ?? 0;
    const phase = words[slot / 4 + 5] ?? 0;
    segment.add(local, { sum: useful, most: useful, second: 0, least, phase });
    // A rank that waits for nobody may be a round ahead: this segment is lost to it.
    segment.lost ||= Atomics.load(words, slot / 4 + 4) !== k + 1;
  }
  return segment;
}

function book({ doubles, layout }: Memory, segment: Segment): void {
  const totals = segmentArea(layout, 0) / 8;
  const add = (cell: number, seconds: number): void => {
    doubles[cell] = (doubles[cell] ?? 0) + seconds;
  };
  add(totals + TOTAL_USEFUL, segment.sum);
  add(totals + TOTAL_CRITICAL, segment.most);
  add(totals + TOTAL_TRANSFER, segment.least);
  add(totals + TOTAL_SERIAL, segment.alone);
  if (segment.alone === 0 || segment.phase === 0) return;
  const phases = segmentArea(layout, segment.busiest) + SEGMENT_PHASES;
  add(phases / 8 + segment.phase - 1, segment.alone);
}

/** Segments that every rank of this part has entered, once all have left. */
export const enteredSegments = ({ doubles, layout }: Memory): number =>
  Math.max(...layout.localRanks.map((_, of) => doubles[segmentArea(layout, of) / 8] ?? 0));

/** Of an attempt of one part whose ranks have all left. */
export function segmentReport(memory: Memory): SegmentReport {
  const { doubles, layout } = memory;
  closeSegments(memory, enteredSegments(memory));
  book(memory, lastSegment(memory));
  const total = (cell: number): number => doubles[segmentArea(layout, 0) / 8 + cell] ?? 0;
  const criticalSeconds = total(TOTAL_CRITICAL);
  const transferSeconds = total(TOTAL_TRANSFER);
  return {
    spanSeconds: commonSpan(partSpan(memory), criticalSeconds + transferSeconds),
    usefulSeconds: total(TOTAL_USEFUL),
    criticalSeconds,
    serialSeconds: total(TOTAL_SERIAL),
    transferSeconds,
    serialPhase: serialPhase(memory),
  };
}

/** Of a part whose ranks have all left: what follows the last collective is one more segment. */
export function lastSegment(memory: Memory): Segment {
  const { doubles, layout } = memory;
  const last = new Segment();
  for (const local of layout.localRanks.keys()) {
    const own = segmentArea(layout, local) / 8;
    const used = readUsage(usageCells(memory, local));
    const useful = Math.max(0, used.usefulSeconds - (doubles[own + USEFUL] ?? 0));
    const least = Math.max(0, used.blockedSeconds - (doubles[own + BLOCKED] ?? 0));
    last.add(local, { sum: useful, most: useful, second: 0, least, phase: 0 });
  }
  return last;
}

/** Seconds to the end of the last rank: since the first began, and since the last did. */
export type PartSpan = { readonly sinceFirst: number; readonly sinceLast: number };

export function partSpan(memory: Memory): PartSpan {
  const indices = [...memory.layout.localRanks.keys()];
  const lives = indices.flatMap((local) => readLife(usageCells(memory, local)) ?? []);
  if (lives.length === 0) return { sinceFirst: 0, sinceLast: 0 };
  const end = Math.max(...lives.map(({ leftS }) => leftS));
  const starts = lives.map(({ startedS }) => startedS);
  return { sinceFirst: end - Math.min(...starts), sinceLast: end - Math.max(...starts) };
}

/**
 * How long the run had taken if its ranks had begun at one moment, which threads on a busy node do
 * not. Had all waited for the last to begin, none would have ended earlier; had all begun with the
 * first, none later: so it lies between these two spans, and the sum over the segments says where.
 */
export const commonSpan = ({ sinceFirst, sinceLast }: PartSpan, sumSeconds: number): number =>
  Math.min(sinceFirst, Math.max(sinceLast, sumSeconds));

/** The phase in which ranks worked alone longest. */
function serialPhase(memory: Memory): string | undefined {
  const { doubles, layout } = memory;
  const seconds = new Map<string, number>();
  for (const local of layout.localRanks.keys()) {
    const phases = (segmentArea(layout, local) + SEGMENT_PHASES) / 8;
    for (let phase = 1; phase <= PHASES; phase++) {
      const alone = doubles[phases + phase - 1] ?? 0;
      if (alone === 0) continue;
      const name = phaseName(memory, local, phase);
      seconds.set(name, (seconds.get(name) ?? 0) + alone);
    }
  }
  return longestPhase(seconds);
}

/** As the rank named it. */
export function phaseName({ bytes, layout }: Memory, local: number, phase: number): string {
  const names = segmentArea(layout, local) + SEGMENT_PHASES + 8 * PHASES;
  const at = names + (phase - 1) * NAME_BYTES;
  return new TextDecoder().decode(bytes.slice(at + 1, at + 1 + (bytes[at] ?? 0)));
}

export function longestPhase(seconds: ReadonlyMap<string, number>): string | undefined {
  const [longest] = [...seconds].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  // It travels in reports and lines of text.
  return longest?.[0].replaceAll(/\p{Cc}/gu, '\uFFFD');
}
