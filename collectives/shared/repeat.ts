import type { CollectiveName } from '../call.ts';
import { beginAgain, countAgain, left } from '../group.ts';
import type { Group, Turn } from '../group.ts';
import { holdCounted } from './meeting.ts';
import type { Plan } from './plan.ts';

/**
 * Calls that are made again and again with the same arrays and options. What the first ones have
 * checked and found out is kept, so that a later one is little more than a WebAssembly function. A
 * call is kept once it has been made twice in a row with the same arguments; at most REMEMBERED per
 * communicator, besides the last arguments of each collective.
 */
export type Repeats = { readonly kept: Repeat[]; readonly last: Map<CollectiveName, Arguments> };

/** What identifies a call: compared by identity, so the same array objects are needed. */
export type Arguments = {
  /** A number counts as undefined: its value differs from call to call. */
  readonly data: unknown;
  readonly into: unknown;
  /** Operator or root. */
  readonly option: unknown;
};

export type Repeat = Arguments & {
  readonly turn: Turn;
  readonly collective: CollectiveName;
  /** Lengths of ordinary arrays, whose buffers may be transferred away or resized; else ALWAYS. */
  readonly dataLength: number;
  readonly intoLength: number;
  readonly plan: Plan<unknown>;
  /** What the plan reduces when that is a number, and what it leaves. */
  readonly number: NumberCells | undefined;
};

/** Where a number to be reduced is put, and its reduction found. */
export type NumberCells = { readonly source: Float64Array; readonly result: Float64Array };

const ALWAYS = -1;
const REMEMBERED = 8;

export const noRepeats = (): Repeats => ({ kept: [], last: new Map() });

/** The kept call that these arguments repeat. */
export function repeatOf(
  group: Group,
  collective: CollectiveName,
  data: unknown,
  into: unknown,
  option: unknown,
): Repeat | undefined {
  const { kept } = group.repeats;
  const key = typeof data === 'number' ? undefined : data;
  for (let i = 0; i < kept.length; i++) {
    const repeat = kept[i];
    if (repeat === undefined || repeat.data !== key || repeat.into !== into) continue;
    if (repeat.collective !== collective || repeat.option !== option) continue;
    if (repeat.dataLength !== ALWAYS && lengthOf(data) !== repeat.dataLength) continue;
    if (repeat.intoLength !== ALWAYS && lengthOf(into) !== repeat.intoLength) continue;
    return repeat;
  }
  return undefined;
}

/** Makes a kept call once more. */
export function repeatCall({ turn, plan }: Repeat): unknown {
  const { again, whole } = plan;
  beginAgain(turn);
  if (whole !== undefined) {
    holdCounted(whole.meeting);
    return whole.result;
  }
  if (again !== undefined) return again();
  countAgain(turn);
  return left(turn.group, plan.run());
}

/** The same for the reduction of a number. */
export function repeatNumber(repeat: Repeat, value: unknown): unknown {
  const { number } = repeat;
  if (number === undefined) return repeatCall(repeat);
  number.source[0] = value as number;
  repeatCall(repeat);
  return number.result[0];
}

const lengthOf = (value: unknown): number => (ArrayBuffer.isView(value) ? value.byteLength : 0);
/** Shared memory is neither transferred nor made smaller. */
const lengthToCheck = ({ endpoint }: Group, value: unknown): number =>
  !ArrayBuffer.isView(value) || endpoint.arenaBuffers.has(value.buffer) ? ALWAYS : lengthOf(value);

/** Keeps a call that has just succeeded, if it is the second of its kind. */
export function remember(
  turn: Turn,
  args: Arguments,
  plan: Plan<unknown>,
  number?: NumberCells,
): void {
  const { group, name } = turn;
  if (group.members.length === 1) return;
  const { last, kept } = group.repeats;
  const key = typeof args.data === 'number' ? undefined : args.data;
  const before = last.get(name);
  const second =
    before !== undefined &&
    before.data === key &&
    before.into === args.into &&
    before.option === args.option;
  if (!second) {
    last.set(name, { ...args, data: key });
    return;
  }
  last.delete(name);
  if (kept.length >= REMEMBERED) kept.shift();
  kept.push({
    turn,
    collective: name,
    data: key,
    into: args.into,
    option: args.option,
    dataLength: lengthToCheck(group, key),
    intoLength: lengthToCheck(group, args.into),
    plan,
    number,
  });
}
