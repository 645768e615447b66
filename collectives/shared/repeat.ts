import { type CollectiveName, kindOf } from '../call.ts';
import { beginAgain } from '../group.ts';
import type { Group, Turn } from '../group.ts';
import { countCall } from '../usage.ts';

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
  /** Lengths, which change when a private array is transferred away or its buffer resized. */
  readonly dataLength: number;
  readonly intoLength: number;
  /** The work and its result; `value` is the number that is reduced. */
  run(value: number): unknown;
};

const REMEMBERED = 8;

export const noRepeats = (): Repeats => ({ kept: [], last: new Map() });

/** The kept call that these arguments repeat, already begun. */
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
    if (lengthOf(data) !== repeat.dataLength || lengthOf(into) !== repeat.intoLength) continue;
    beginAgain(repeat.turn);
    countCall(group.endpoint.usage, kindOf(repeat.turn.words));
    return repeat;
  }
  return undefined;
}

const lengthOf = (value: unknown): number => (ArrayBuffer.isView(value) ? value.byteLength : 0);

/** Keeps a call that has just succeeded, if it is the second of its kind. */
export function remember(turn: Turn, args: Arguments, run: Repeat['run']): void {
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
    dataLength: lengthOf(args.data),
    intoLength: lengthOf(args.into),
    run,
  });
}
