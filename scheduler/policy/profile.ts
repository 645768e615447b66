/**
 * Free cores over time, exactly: what running and reserved jobs leave. A list of moments,
 * cut into blocks that know their least and most free cores, so that a search jumps over
 * blocks that cannot matter (a balanced tree would be the same idea).
 */
import type { EndsView } from '../model/lookup.ts';

const BLOCK = 32;

type Block = {
  /** Ascending; `free[i]` holds from `times[i]` to the next moment. */
  times: number[];
  free: number[];
  /** Added to every entry of `free`. */
  pending: number;
  least: number;
  most: number;
};

export type Profile = {
  /** The free cores change by `delta` from `fromMs` until `toMs`. */
  change(fromMs: number, toMs: number, delta: number): void;
  /** The first moment, not before `fromMs`, from which `cores` are free for `durationMs`. */
  earliest(cores: number, durationMs: number, fromMs: number): number;
  /**
   * Where a reservation of `cores` from `heldMs` for `durationMs`, which the profile holds,
   * could be moved to: the first moment in [fromMs, heldMs), or undefined. What it holds
   * itself is free to it, so only the time before `heldMs` is searched.
   */
  earlier(cores: number, durationMs: number, fromMs: number, heldMs: number): number | undefined;
  /** Whether `cores` are free all the time from `fromMs` for `durationMs`. */
  fits(cores: number, fromMs: number, durationMs: number): boolean;
  /** Moments in the list, for measurements. */
  size(): number;
};

/**
 * From `startMs` on `free` cores, then changed by every release (ascending; negative: taken).
 * Searches beyond the last moment see what it leaves.
 */
export function createProfile(startMs: number, free: number, releases: EndsView): Profile {
  const blocks = blocksOf(startMs, free, releases);
  return {
    change: (fromMs, toMs, delta) => {
      if (toMs <= fromMs) return;
      cut(blocks, Math.max(fromMs, startMs));
      if (toMs !== Infinity) cut(blocks, toMs);
      add(blocks, Math.max(fromMs, startMs), toMs, delta);
    },
    earliest: (cores, durationMs, fromMs) => earliest(blocks, cores, durationMs, fromMs),
    earlier: (cores, durationMs, fromMs, heldMs) =>
      earlier(blocks, { cores, durationMs, fromMs, heldMs }),
    fits: (cores, fromMs, durationMs) =>
      earliestBreak(blocks, cores, fromMs, fromMs + durationMs) === undefined,
    size: () => blocks.reduce((sum, block) => sum + block.times.length, 0),
  };
}

function blocksOf(startMs: number, free: number, { timesMs, cores }: EndsView): Block[] {
  const times = [startMs];
  const levels = [free];
  let level = free;
  let lastMs = startMs;
  for (let at = 0; at < timesMs.length; at += 1) {
    const atMs = timesMs[at] ?? lastMs;
    level += cores[at] ?? 0;
    if (lastMs === atMs) levels[levels.length - 1] = level;
    else {
      times.push(atMs);
      levels.push(level);
      lastMs = atMs;
    }
  }
  const blocks: Block[] = [];
  for (let from = 0; from < times.length; from += BLOCK) {
    const to = from + BLOCK;
    const block = { times: times.slice(from, to), free: levels.slice(from, to) };
    blocks.push({ ...block, pending: 0, least: 0, most: 0 });
  }
  for (const block of blocks) summarise(block);
  return blocks;
}

/** Index of the last block that begins at or before the moment. */
function blockAt(blocks: readonly Block[], atMs: number): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((blocks[middle]?.times[0] ?? Infinity) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Index of the last entry at or before the moment. */
function entryAt(block: Block, atMs: number): number {
  const { times } = block;
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? Infinity) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Makes `atMs` a moment of the list. */
function cut(blocks: Block[], atMs: number): void {
  const index = blockAt(blocks, atMs);
  const block = blocks[index];
  if (!block) return;
  const entry = entryAt(block, atMs);
  if (block.times[entry] === atMs) return;
  block.times.splice(entry + 1, 0, atMs);
  block.free.splice(entry + 1, 0, block.free[entry] ?? 0);
  if (block.times.length < 2 * BLOCK) return;
  const later: Block = {
    ...block,
    times: block.times.splice(BLOCK),
    free: block.free.splice(BLOCK),
  };
  summarise(block);
  summarise(later);
  blocks.splice(index + 1, 0, later);
}

function summarise(block: Block): void {
  let least = Infinity;
  let most = -Infinity;
  for (const value of block.free) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  block.least = least + block.pending;
  block.most = most + block.pending;
}

function add(blocks: readonly Block[], fromMs: number, toMs: number, delta: number): void {
  for (let index = blockAt(blocks, fromMs); index < blocks.length; index += 1) {
    const block = blocks[index];
    const first = block?.times[0];
    if (!block || first === undefined || first >= toMs) return;
    const last = block.times.at(-1) ?? first;
    const next = blocks[index + 1]?.times[0] ?? Infinity;
    if (first >= fromMs && last < toMs && next <= toMs) {
      block.pending += delta;
      block.least += delta;
      block.most += delta;
      continue;
    }
    addWithin(block, fromMs, toMs, delta);
  }
}

function addWithin(block: Block, fromMs: number, toMs: number, delta: number): void {
  const { times, free } = block;
  for (let entry = entryAt(block, fromMs); entry < times.length; entry += 1) {
    const time = times[entry] ?? Infinity;
    if (time >= toMs) break;
    if (time >= fromMs) free[entry] = (free[entry] ?? 0) + delta;
  }
  summarise(block);
}

/** The first moment in [fromMs, untilMs) with fewer than `cores` free. */
function earliestBreak(
  blocks: readonly Block[],
  cores: number,
  fromMs: number,
  untilMs: number,
): number | undefined {
  let index = blockAt(blocks, fromMs);
  let entry = entryAt(blocks[index] ?? EMPTY, fromMs);
  for (; index < blocks.length; index += 1, entry = 0) {
    const { times, free, pending, least } = blocks[index] ?? EMPTY;
    if ((times[0] ?? Infinity) >= untilMs) return undefined;
    if (least >= cores) continue;
    const wanted = cores - pending;
    for (; entry < times.length; entry += 1) {
      const time = times[entry] ?? Infinity;
      if (time >= untilMs) return undefined;
      if ((free[entry] ?? 0) < wanted) return Math.max(time, fromMs);
    }
  }
  return undefined;
}

/** The first moment at or after `fromMs` with at least `cores` free. */
function earliestRoom(blocks: readonly Block[], cores: number, fromMs: number): number | undefined {
  let index = blockAt(blocks, fromMs);
  let entry = entryAt(blocks[index] ?? EMPTY, fromMs);
  for (; index < blocks.length; index += 1, entry = 0) {
    const { times, free, pending, most } = blocks[index] ?? EMPTY;
    if (most < cores) continue;
    const wanted = cores - pending;
    for (; entry < times.length; entry += 1) {
      if ((free[entry] ?? 0) >= wanted) return Math.max(times[entry] ?? Infinity, fromMs);
    }
  }
  return undefined;
}

const EMPTY: Block = { times: [], free: [], pending: 0, least: 0, most: 0 };

function earliest(
  blocks: readonly Block[],
  cores: number,
  durationMs: number,
  fromMs: number,
): number {
  let startMs: number | undefined = fromMs;
  for (;;) {
    startMs = earliestRoom(blocks, cores, startMs);
    if (startMs === undefined) return Infinity;
    const breakMs = earliestBreak(blocks, cores, startMs, startMs + durationMs);
    if (breakMs === undefined) return startMs;
    startMs = breakMs;
  }
}

type Held = {
  readonly cores: number;
  readonly durationMs: number;
  readonly fromMs: number;
  readonly heldMs: number;
};

function earlier(blocks: readonly Block[], held: Held): number | undefined {
  const { cores, durationMs, heldMs } = held;
  let startMs: number | undefined = held.fromMs;
  for (;;) {
    startMs = earliestRoom(blocks, cores, startMs);
    if (startMs === undefined || startMs >= heldMs) return undefined;
    const untilMs = Math.min(heldMs, startMs + durationMs);
    const breakMs = earliestBreak(blocks, cores, startMs, untilMs);
    if (breakMs === undefined) return startMs;
    startMs = breakMs;
  }
}
