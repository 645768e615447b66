import type { Memory } from './memory.ts';
import { isPoisoned } from './poison.ts';
import { Segment } from './segment.ts';
import type { SegmentNote } from './segment.ts';
import { PHASES_MAXIMUM, encodeEnd, encodeNotes, readEnd, readNote } from './segmentLog.ts';
import type { PartEnd } from './segmentLog.ts';
import {
  commonSpan,
  enteredSegments,
  lastSegment,
  longestPhase,
  notedSegment,
  partSpan,
  phaseName,
} from './segments.ts';
import { FrameKind } from './transport/frame.ts';
import type { Link } from './transport/link.ts';
import { readUsage, usageCells } from './usage.ts';
import type { SegmentReport } from './wiring.ts';

/**
 * Where the time of an attempt of several parts went. Every COLLECT_MS each host sums what its ranks
 * have noted of every segment since; the others send that to part 0, whose host adds up the notes of
 * one number. So no rank waits, no clock is shared, and memory does not grow with the run. A segment
 * that some part has noted over before its host came by is left out.
 */
const COLLECT_MS = 20;
/** How long part 0 waits for the ends of the others once its own ranks have left. */
const PATIENCE_MS = 250;
const LOOK_MS = 2;

export type Segments = {
  start(): void;
  /** Once all ranks of the part have left. Part 0's says it for all; undefined where it cannot. */
  report(): Promise<SegmentReport | undefined>;
  stop(): void;
};

export function mergeSegments(memory: Memory, links: ReadonlyMap<number, Link>): Segments {
  const { layout } = memory;
  const own = new OwnNotes(memory);
  const merge = new Merge(memory, own);
  const send = (kind: FrameKind, payload: Uint8Array): void => {
    const source = layout.localRanks[0] ?? -1;
    links.get(0)?.send({ kind, source, destination: -1, payload });
  };
  const collect = (): void => {
    if (layout.part === 0) return merge.advance();
    const { first, notes } = own.take();
    for (const payload of encodeNotes(first, notes)) send(FrameKind.segments, payload);
  };
  let timer: NodeJS.Timeout | undefined;
  return {
    start: () => {
      timer = setInterval(collect, COLLECT_MS);
      timer.unref();
    },
    report: async () => {
      if (isPoisoned(memory)) return undefined;
      collect();
      if (layout.part !== 0) {
        send(FrameKind.segmentsEnd, encodeEnd(own.end()));
        return undefined;
      }
      for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs; ) {
        merge.advance();
        const report = merge.report();
        if (report !== undefined) return report;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return undefined;
    },
    stop: () => clearInterval(timer),
  };
}

/** What the ranks of this part noted, in order. */
class OwnNotes {
  private taken = 0;
  private readonly memory: Memory;
  private readonly phases: string[] = [];

  constructor(memory: Memory) {
    this.memory = memory;
  }

  /** All that is new. */
  take(): { readonly first: number; readonly notes: (SegmentNote | undefined)[] } {
    const first = this.taken;
    const notes: (SegmentNote | undefined)[] = [];
    for (;;) {
      const segment = this.read(this.taken);
      if (segment === undefined) return { first, notes };
      notes.push(segment.lost ? undefined : segment);
      this.taken += 1;
    }
  }

  /** Its phase is one of `end().phases`. */
  read(k: number): Segment | undefined {
    const segment = notedSegment(this.memory, k);
    if (segment && segment.phase > 0) segment.phase = this.numberOf(segment);
    return segment;
  }

  private numberOf({ busiest, phase }: Segment): number {
    const name = phaseName(this.memory, busiest, phase);
    const known = this.phases.indexOf(name);
    if (known >= 0) return known + 1;
    return this.phases.length < PHASES_MAXIMUM ? this.phases.push(name) : 0;
  }

  end(): PartEnd {
    const { memory } = this;
    const useful = memory.layout.localRanks.map(
      (_, local) => readUsage(usageCells(memory, local)).usefulSeconds,
    );
    const { sum, most, second, least, phase } = lastSegment(memory);
    return {
      segments: enteredSegments(memory),
      usefulSeconds: useful.reduce((total, seconds) => total + seconds, 0),
      last: { sum, most, second, least, phase },
      phases: this.phases,
      ...partSpan(memory),
    };
  }
}

/** Part 0's sums over the segments of all parts. */
class Merge {
  private merged = 0;
  private critical = 0;
  private serial = 0;
  private transfer = 0;
  /** By part and the number of the phase there. */
  private readonly alone = new Map<number, number>();

  private readonly memory: Memory;
  private readonly own: OwnNotes;

  constructor(memory: Memory, own: OwnNotes) {
    this.memory = memory;
    this.own = own;
  }

  /** Adds up what all parts have noted. */
  advance(): void {
    const { memory, own } = this;
    for (;;) {
      const segment = own.read(this.merged);
      if (segment === undefined) return;
      const all = new Segment();
      all.add(0, segment);
      all.lost = segment.lost;
      for (let part = 1; part < memory.layout.parts; part++) {
        const note = readNote(memory, part, this.merged);
        if (note === undefined) return;
        if (note === 'lost') all.lost = true;
        else all.add(part, note);
      }
      if (!all.lost) this.book(all);
      this.merged += 1;
    }
  }

  private book(segment: Segment): void {
    this.critical += segment.most;
    this.transfer += segment.least;
    this.serial += segment.alone;
    if (segment.alone === 0 || segment.phase === 0) return;
    const key = segment.busiest * (PHASES_MAXIMUM + 1) + segment.phase;
    this.alone.set(key, (this.alone.get(key) ?? 0) + segment.alone);
  }

  /** Undefined until the ends of all parts are known, and the same number of segments of each. */
  report(): SegmentReport | undefined {
    const { memory, own } = this;
    const others = Array.from({ length: memory.layout.parts - 1 }, (_, i) =>
      readEnd(memory, i + 1),
    );
    const ends = [own.end(), ...others.filter((end) => end !== undefined)];
    if (ends.length < memory.layout.parts) return undefined;
    if (ends.some(({ segments }) => segments !== this.merged)) return undefined;
    const last = new Segment();
    for (const [part, end] of ends.entries()) last.add(part, end.last);
    this.book(last);
    const span = {
      sinceFirst: Math.max(...ends.map(({ sinceFirst }) => sinceFirst)),
      // The part that began last has waited for no other.
      sinceLast: Math.min(...ends.map(({ sinceLast }) => sinceLast)),
    };
    return {
      spanSeconds: commonSpan(span, this.critical + this.transfer),
      usefulSeconds: ends.reduce((sum, { usefulSeconds }) => sum + usefulSeconds, 0),
      criticalSeconds: this.critical,
      serialSeconds: this.serial,
      transferSeconds: this.transfer,
      serialPhase: this.serialPhase(ends),
    };
  }

  private serialPhase(ends: readonly PartEnd[]): string | undefined {
    const seconds = new Map<string, number>();
    for (const [key, alone] of this.alone) {
      const phase = key % (PHASES_MAXIMUM + 1);
      const name = ends[Math.floor(key / (PHASES_MAXIMUM + 1))]?.phases[phase - 1];
      if (name !== undefined) seconds.set(name, (seconds.get(name) ?? 0) + alone);
    }
    return longestPhase(seconds);
  }
}
