/**
 * What one node has free over time: steps between moments, exactly. Each step holds cores, memory,
 * and the node's generic resources in their order. Holds of reservations are kept beside, so that a
 * line can be made anew when what runs on the node changes.
 */
import type { Demand } from '../model/demand.ts';
import type { Window } from '../model/reservation.ts';
import { coresFor } from './placement.ts';
import type { PoolNode } from './pool.ts';

/** The time for which a reservation holds its nodes. */
export type Hold = Window & { readonly demand: Demand };

export type NodeLine = {
  /** Ascending; a step holds until the next moment, the last for ever. */
  readonly times: number[];
  /** `width` numbers for each step. */
  readonly free: number[];
  readonly width: number;
  /** Reservations, and how many ranks of each. */
  readonly holds: Hold[];
  readonly ranks: number[];
  /** When the first of the running parts is over by its limit; later it must be asked again. */
  readonly nextEndMs: number;
  /** With what runs alone: until when no core is free, and until when not all are. */
  readonly fullUntilMs: number;
  readonly inUseUntilMs: number;
};

/** Adds (sign 1) or takes (-1) what so many ranks of the demand need, for the window. */
export function changeLine(
  line: NodeLine,
  node: PoolNode,
  { hold, ranks, sign }: { readonly hold: Hold; readonly ranks: number; readonly sign: 1 | -1 },
): void {
  const { request } = hold.demand;
  const gres =
    line.width > 2
      ? node.traits.gres.map(({ name }) => sign * (countOf(request.gres, name) ?? 0))
      : NO_GRES;
  addToLine(line, hold, {
    cores: sign * coresFor(request, node.coreCount, ranks),
    memoryBytes: sign * ranks * request.memoryPerRankBytes,
    gres,
  });
}

const NO_GRES: readonly number[] = [];

export const countOf = (
  counted: readonly { readonly name: string; readonly count: number }[] | undefined,
  name: string,
): number | undefined => counted?.find((one) => one.name === name)?.count;

export type Amounts = {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly gres: readonly number[];
};

type Steps = Pick<NodeLine, 'times' | 'free' | 'width'>;

export function addToLine(line: Steps, { fromMs, toMs }: Window, amounts: Amounts): void {
  if (toMs <= fromMs) return;
  const { times, free, width } = line;
  const { cores, memoryBytes, gres } = amounts;
  const first = cut(line, fromMs);
  const end = toMs === Infinity ? times.length : cut(line, toMs);
  for (let at = first * width; at < end * width; at += width) {
    free[at] = (free[at] ?? 0) + cores;
    free[at + 1] = (free[at + 1] ?? 0) + memoryBytes;
    for (let other = 2; other < width; other += 1) {
      free[at + other] = (free[at + other] ?? 0) + (gres[other - 2] ?? 0);
    }
  }
}

/** Index of the last step that begins at or before the moment; 0 for one before the first. */
export function stepAt({ times }: Steps, atMs: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? Infinity) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Makes `atMs` a moment, and returns its step. */
function cut(line: Steps, atMs: number): number {
  const { times, free, width } = line;
  const step = stepAt(line, atMs);
  if ((times[step] ?? Infinity) >= atMs) return step;
  times.splice(step + 1, 0, atMs);
  const from = step * width;
  if (width === 2) free.splice(from + 2, 0, free[from] ?? 0, free[from + 1] ?? 0);
  else free.splice(from + width, 0, ...free.slice(from, from + width));
  return step + 1;
}

/** A copy from `atMs` on, without moments at which nothing changes. */
export function copyLine(line: NodeLine, atMs: number): NodeLine {
  const { width } = line;
  const times: number[] = [];
  const free: number[] = [];
  for (let step = stepAt(line, atMs); step < line.times.length; step += 1) {
    const from = step * width;
    if (times.length > 0 && sameStep(free, free.length - width, line, from)) continue;
    times.push(line.times[step] ?? atMs);
    for (let at = from; at < from + width; at += 1) free.push(line.free[at] ?? 0);
  }
  return { ...line, times, free, holds: line.holds.slice(), ranks: line.ranks.slice() };
}

function sameStep(free: readonly number[], last: number, line: NodeLine, from: number): boolean {
  for (let at = 0; at < line.width; at += 1) {
    if (free[last + at] !== line.free[from + at]) return false;
  }
  return true;
}

/** The time in which `now` has more of anything than `before`; undefined when it never has. */
export function gainedTime(before: NodeLine, now: NodeLine, atMs: number): Window | undefined {
  const moments = new Set([atMs, ...before.times, ...now.times].filter((ms) => ms >= atMs));
  const ascending = [...moments].sort((a, b) => a - b);
  let fromMs: number | undefined;
  let toMs = atMs;
  for (const [index, ms] of ascending.entries()) {
    const [old, fresh] = [stepAt(before, ms) * before.width, stepAt(now, ms) * now.width];
    let more = false;
    for (let at = 0; at < now.width; at += 1) {
      if ((now.free[fresh + at] ?? 0) > (before.free[old + at] ?? 0)) more = true;
    }
    if (!more) continue;
    fromMs ??= ms;
    toMs = ascending[index + 1] ?? Infinity;
  }
  return fromMs === undefined ? undefined : { fromMs, toMs };
}
