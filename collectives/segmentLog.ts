import { SEGMENT_END_BYTES, SEGMENT_NOTE_BYTES, segmentLog } from './layout.ts';
import type { Memory } from './memory.ts';
import type { SegmentNote } from './segment.ts';
import type { PartSpan } from './segments.ts';

/**
 * What the parts of an attempt tell part 0 of their segments, in frames of their own and never in a
 * rank's way. Whichever thread of part 0 reads a frame puts it into the part's log there, which its
 * host looks at (segmentMerge.ts): a slot per segment, and its end.
 *
 *   notes   number of the first segment (double), then per segment four floats and a word
 *   slot    doubles sum, most, second, least; words: number of the segment + 1, phase
 *   end     JSON; in the log after a word with its length
 */
const NOTE_BYTES = 20;
const NOTES_MAXIMUM = 256;
export const PHASES_MAXIMUM = 64;

/** What a part says once its ranks have left. */
export type PartEnd = PartSpan & {
  readonly segments: number;
  /** Of all its ranks. */
  readonly usefulSeconds: number;
  /** What follows the last collective. */
  readonly last: SegmentNote;
  /** What `phase` - 1 of a note stands for. */
  readonly phases: readonly string[];
};

/** Frames of notes that follow each other; undefined: what is not known any more. */
export function encodeNotes(
  first: number,
  notes: readonly (SegmentNote | undefined)[],
): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let from = 0; from < notes.length; from += NOTES_MAXIMUM) {
    const some = notes.slice(from, from + NOTES_MAXIMUM);
    const bytes = new Uint8Array(8 + some.length * NOTE_BYTES);
    const view = new DataView(bytes.buffer);
    view.setFloat64(0, first + from, true);
    for (const [index, note] of some.entries()) {
      const at = 8 + index * NOTE_BYTES;
      const { sum, most, second, least, phase } = note ?? UNKNOWN;
      for (const [i, seconds] of [sum, most, second, least].entries())
        view.setFloat32(at + 4 * i, seconds, true);
      view.setInt32(at + 16, phase, true);
    }
    frames.push(bytes);
  }
  return frames;
}

const UNKNOWN: SegmentNote = { sum: Number.NaN, most: 0, second: 0, least: 0, phase: 0 };

export const encodeEnd = (end: PartEnd): Uint8Array => Buffer.from(JSON.stringify(end));

/** Errors: RangeError for what no part of ours would send to this one. */
export function deliverNotes(memory: Memory, from: number, payload: Uint8Array): void {
  const { doubles, words, layout } = memory;
  const notes = (payload.byteLength - 8) / NOTE_BYTES;
  const fits = layout.part === 0 && Number.isInteger(notes) && notes >= 0;
  if (!fits) throw new RangeError('malformed notes of segments');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const first = view.getFloat64(0, true);
  const last = first + notes;
  if (!(Number.isInteger(first) && first >= 0 && last < 2 ** 31))
    throw new RangeError('notes of segments that cannot be');
  for (let index = 0; index < notes; index++) {
    const at = 8 + index * NOTE_BYTES;
    const slot = slotOf(memory, from, first + index);
    for (let i = 0; i < 4; i++) doubles[slot / 8 + i] = view.getFloat32(at + 4 * i, true);
    words[slot / 4 + 9] = view.getInt32(at + 16, true);
    Atomics.store(words, slot / 4 + 8, first + index + 1);
  }
}

/** Errors: RangeError as above. */
export function deliverEnd(memory: Memory, from: number, payload: Uint8Array): void {
  const { bytes, words, layout } = memory;
  if (layout.part !== 0 || payload.byteLength > SEGMENT_END_BYTES - 8)
    throw new RangeError('a malformed end of segments');
  parseEnd(payload);
  const at = segmentLog(layout, from);
  bytes.set(payload, at + 8);
  Atomics.store(words, at / 4, payload.byteLength);
}

const slotOf = ({ layout }: Memory, part: number, k: number): number =>
  segmentLog(layout, part) + SEGMENT_END_BYTES + (k % layout.segmentSlots) * SEGMENT_NOTE_BYTES;

/** What a part noted of segment k: undefined until it has, 'lost' where nobody knows any more. */
export function readNote(
  memory: Memory,
  part: number,
  k: number,
): SegmentNote | 'lost' | undefined {
  const { doubles, words } = memory;
  const slot = slotOf(memory, part, k);
  if (Atomics.load(words, slot / 4 + 8) < k + 1) return undefined;
  const [sum = 0, most = 0, second = 0, least = 0] = doubles.slice(slot / 8, slot / 8 + 4);
  const note = { sum, most, second, least, phase: words[slot / 4 + 9] ?? 0 };
  return isNote(note) && Atomics.load(words, slot / 4 + 8) === k + 1 ? note : 'lost';
}

/** Undefined until the part has said it. */
export function readEnd({ bytes, words, layout }: Memory, part: number): PartEnd | undefined {
  const at = segmentLog(layout, part);
  const length = Atomics.load(words, at / 4);
  if (length === 0) return undefined;
  return parseEnd(bytes.slice(at + 8, at + 8 + length));
}

/** Errors: RangeError for what no part of ours says. */
function parseEnd(bytes: Uint8Array): PartEnd {
  let end: unknown;
  try {
    end = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw new RangeError('an end of segments that is no JSON', { cause });
  }
  if (!isEnd(end)) throw new RangeError('an end of segments that lacks something');
  return end;
}

const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value);

const member = (of: unknown, key: string): unknown => Reflect.get(Object(of), key);

const isNote = (value: unknown): value is SegmentNote =>
  ['sum', 'most', 'second', 'least', 'phase'].every((key) => isSeconds(member(value, key)));

function isEnd(value: unknown): value is PartEnd {
  const numbers = ['segments', 'usefulSeconds', 'sinceFirst', 'sinceLast'];
  const phases = member(value, 'phases');
  return (
    numbers.every((key) => isSeconds(member(value, key))) &&
    isNote(member(value, 'last')) &&
    Array.isArray(phases) &&
    phases.length <= PHASES_MAXIMUM &&
    phases.every((name) => typeof name === 'string')
  );
}
