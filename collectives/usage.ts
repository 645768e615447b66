import { COLLECTIVES } from './call.ts';
import { BLOCK_USAGE, blockOf } from './layout.ts';
import type { Memory } from './memory.ts';
import type { CollectiveUsage, KindUsage } from './wiring.ts';

/**
 * What a rank did, kept in its block of the shared memory so that the host reads it at any time,
 * even after the thread died. Only the rank writes, its kernels among it; doubles are written whole.
 */
export type UsageCells = { readonly doubles: Float64Array; readonly at: number };

const STARTED = 0;
const LEFT = 1;
const SENT = 2;
const RECEIVED = 3;
/** The kind of the call made last, and calls and blocked seconds of each. */
const KIND = 4;
const KINDS = 5;
const END = KINDS + 2 * COLLECTIVES.length;
/** Checkpoints made and their seconds, which are useful or blocked ones already. */
const CHECKPOINTS = END;
export const USAGE_BYTES = 8 * (CHECKPOINTS + 2);

export const usageCells = (memory: Memory, localIndex: number): UsageCells => ({
  doubles: memory.doubles,
  at: (blockOf(memory.layout, localIndex) + BLOCK_USAGE) / 8,
});

/** Byte addresses for kernels: (sent, received), and (calls, blocked seconds) of a kind. */
export const trafficAddress = ({ at }: UsageCells): number => (at + SENT) * 8;
export const kindAddress = ({ at }: UsageCells, kind: number): number =>
  (at + KINDS + 2 * kind) * 8;

/** Seconds of a monotonic clock that all threads of the process share. */
export const monotonicSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

const add = (cells: UsageCells, cell: number, amount: number): void => {
  cells.doubles[cells.at + cell] = (cells.doubles[cells.at + cell] ?? 0) + amount;
};

/** What was counted before is forgotten. */
export const markStarted = ({ doubles, at }: UsageCells): void => {
  doubles.fill(0, at + LEFT, at + CHECKPOINTS + 2);
  doubles[at + STARTED] = monotonicSeconds();
};
/** The first mark counts: the rank's own when its kernel returned, else the host's when it saw the thread end. */
export const markLeft = (cells: UsageCells): void => {
  const { doubles, at } = cells;
  if (doubles[at + LEFT] === 0) doubles[at + LEFT] = monotonicSeconds();
};

/** What this rank is blocked from now on belongs to this kind of call. */
export const setKind = ({ doubles, at }: UsageCells, kind: number): void => {
  doubles[at + KIND] = kind;
};
export function countCall(cells: UsageCells, kind: number): void {
  setKind(cells, kind);
  add(cells, KINDS + 2 * kind, 1);
}

export function countCheckpoint(cells: UsageCells, seconds: number): void {
  add(cells, CHECKPOINTS, 1);
  add(cells, CHECKPOINTS + 1, seconds);
}

const secondsCell = ({ doubles, at }: UsageCells): number =>
  KINDS + 2 * (doubles[at + KIND] ?? 0) + 1;
export const addBlocked = (cells: UsageCells, seconds: number): void =>
  add(cells, secondsCell(cells), seconds);
/** Seconds blocked so far in calls of the kind that was made last. */
export const blockedInKind = (cells: UsageCells): number =>
  cells.doubles[cells.at + secondsCell(cells)] ?? 0;
export const setBlockedInKind = (cells: UsageCells, seconds: number): void => {
  cells.doubles[cells.at + secondsCell(cells)] = seconds;
};

/** Seconds blocked so far in calls of all kinds. */
export const blockedSeconds = (cells: UsageCells): number => sumOfKinds(cells, 1);

function sumOfKinds({ doubles, at }: UsageCells, offset: number): number {
  let sum = 0;
  for (let cell = at + KINDS + offset; cell < at + END; cell += 2) sum += doubles[cell] ?? 0;
  return sum;
}

/** Calls by kind, and how long the rank was blocked in them; at the end checkpoints, and how long they took. */
export function readKinds({ doubles, at }: UsageCells): readonly KindUsage[] {
  const cell = (index: number): number => doubles[at + index] ?? 0;
  return [...COLLECTIVES, 'checkpoint' as const].flatMap((kind, index) => {
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
  const blocked = blockedSeconds(cells);
  return {
    usefulSeconds: started === 0 ? 0 : Math.max(0, end - started - blocked),
    blockedSeconds: blocked,
    calls: sumOfKinds(cells, 0),
    bytesSent: read(SENT),
    bytesReceived: read(RECEIVED),
  };
}
