import { COLLECTIVES } from './call.ts';
import { BLOCK_USAGE, blockOf } from './layout.ts';
import type { Memory } from './memory.ts';
import type { CollectiveUsage, KindUsage } from './wiring.ts';

/**
 * What a rank did, kept in its block of the shared memory so that the host reads it at any time,
 * even after the thread died. Only the rank writes; doubles are written whole.
 */
export type UsageCells = { readonly doubles: Float64Array; readonly at: number };

const STARTED = 0;
const LEFT = 1;
const BLOCKED = 2;
const CALLS = 3;
const SENT = 4;
const RECEIVED = 5;
/** The kind of the call made last, what of BLOCKED is told to kinds, and calls and seconds of each. */
const KIND = 6;
const TOLD = 7;
const KINDS = 8;
const END = KINDS + 2 * COLLECTIVES.length;

export const usageCells = (memory: Memory, localIndex: number): UsageCells => ({
  doubles: memory.doubles,
  at: (blockOf(memory.layout, localIndex) + BLOCK_USAGE) / 8,
});

/** Seconds of a monotonic clock that all threads of the process share. */
export const monotonicSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

const add = (cells: UsageCells, cell: number, amount: number): void => {
  cells.doubles[cells.at + cell] = (cells.doubles[cells.at + cell] ?? 0) + amount;
};

/** What was counted before is forgotten. */
export const markStarted = ({ doubles, at }: UsageCells): void => {
  doubles.fill(0, at + LEFT, at + END);
  doubles[at + STARTED] = monotonicSeconds();
};
/** The first mark counts: the rank's own when its kernel returned, else the host's when it saw the thread end. */
export const markLeft = (cells: UsageCells): void => {
  const { doubles, at } = cells;
  if (doubles[at + LEFT] === 0) doubles[at + LEFT] = monotonicSeconds();
};
export const addBlocked = (cells: UsageCells, seconds: number): void =>
  add(cells, BLOCKED, seconds);
export const setBlocked = ({ doubles, at }: UsageCells, seconds: number): void => {
  doubles[at + BLOCKED] = seconds;
};

/** What this rank is blocked from now on belongs to this kind of call. */
export function countCall(cells: UsageCells, kind: number): void {
  tellBlocked(cells);
  add(cells, CALLS, 1);
  add(cells, KINDS + 2 * kind, 1);
  cells.doubles[cells.at + KIND] = kind;
}

function tellBlocked(cells: UsageCells): void {
  const { doubles, at } = cells;
  const blocked = doubles[at + BLOCKED] ?? 0;
  const since = blocked - (doubles[at + TOLD] ?? 0);
  if (since === 0) return;
  add(cells, KINDS + 2 * (doubles[at + KIND] ?? 0) + 1, since);
  doubles[at + TOLD] = blocked;
}

/** Of a rank that has left: its calls by kind, and how long it was blocked in them. */
export function readKinds(cells: UsageCells): readonly KindUsage[] {
  tellBlocked(cells);
  const cell = (index: number): number => cells.doubles[cells.at + index] ?? 0;
  return COLLECTIVES.flatMap((kind, index) => {
    const [calls, seconds] = [cell(KINDS + 2 * index), cell(KINDS + 2 * index + 1)];
    return calls === 0 ? [] : [{ kind, calls, seconds }];
  });
}

export const addSent = (cells: UsageCells, bytes: number): void => add(cells, SENT, bytes);
export const addReceived = (cells: UsageCells, bytes: number): void => add(cells, RECEIVED, bytes);

/** When the rank began and left, in seconds of `monotonicSeconds`; undefined until both are known. */
export function readLife(
  cells: UsageCells,
): { readonly startedS: number; readonly leftS: number } | undefined {
  const startedS = cells.doubles[cells.at + STARTED] ?? 0;
  const leftS = cells.doubles[cells.at + LEFT] ?? 0;
  return startedS === 0 || leftS === 0 ? undefined : { startedS, leftS };
}

/** Useful = elapsed from connectRank until the rank left (or now), less blocked. */
export function readUsage(cells: UsageCells): CollectiveUsage {
  const read = (cell: number): number => cells.doubles[cells.at + cell] ?? 0;
  const started = read(STARTED);
  const end = read(LEFT) || monotonicSeconds();
  const blockedSeconds = read(BLOCKED);
  return {
    usefulSeconds: started === 0 ? 0 : Math.max(0, end - started - blockedSeconds),
    blockedSeconds,
    calls: read(CALLS),
    bytesSent: read(SENT),
    bytesReceived: read(RECEIVED),
  };
}
