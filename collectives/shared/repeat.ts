import { isTypedArray, typeCodeOf } from '../elementType.ts';
import type { TypedArray } from '../elementType.ts';
import { WORLD } from '../group.ts';
import type { Group, Turn } from '../group.ts';
import { BLOCK_SCRATCH, WORD_SLEEPERS, blockOf } from '../layout.ts';
import type { BuiltinOperator, Operator } from '../operators.ts';
import { enterCollective } from '../segments.ts';
import { addReceived, addSent, countCall } from '../usage.ts';
import type { Kernel } from '../wasm/kernelCache.ts';
import { copyIn, copyOut, placeOf } from './place.ts';
import { SMALL_BYTES } from './reduceTogether.ts';
import { isLocal, meet, sayCall, settle, stageOf, teamOf } from './team.ts';
import type { Team } from './team.ts';

/**
 * Allreduces that are made again and again: the same shared arrays (or a number) with the same
 * operator. What the first call has checked and found out is kept, so that a later one is a
 * handful of WebAssembly instructions. At most REMEMBERED per communicator.
 */
export type Repeat = {
  readonly data: TypedArray | undefined;
  readonly operator: BuiltinOperator;
  readonly into: TypedArray | undefined;
  /** Elements; 0 for a number. */
  readonly length: number;
  run(value: number): unknown;
};

const REMEMBERED = 4;

/** The remembered call that these arguments repeat. */
export function repeatOf(
  group: Group,
  data: unknown,
  operator: unknown,
  into: TypedArray | undefined,
): Repeat | undefined {
  const { repeats } = group;
  const key = typeof data === 'number' ? undefined : data;
  for (let i = 0; i < repeats.length; i++) {
    const repeat = repeats[i];
    if (repeat === undefined || repeat.data !== key || repeat.operator !== operator) continue;
    if (repeat.into !== into) continue;
    // A private array may have been transferred away since.
    if (
      repeat.length === 0 ||
      (repeat.data?.length === repeat.length && into?.length === repeat.length)
    )
      return repeat;
  }
  return undefined;
}

/** Remembers a call that has just succeeded, if it is of the kind that can be made quicker. */
export function remember(
  turn: Turn,
  args: {
    readonly data: unknown;
    readonly operator: Operator<never>;
    readonly into: TypedArray | undefined;
  },
): void {
  const { group } = turn;
  const { data, operator, into } = args;
  if (typeof operator === 'function' || group.members.length === 1 || !isLocal(group)) return;
  const repeat =
    typeof data === 'number'
      ? numberRepeat(turn, operator)
      : isTypedArray(data) && into !== undefined
        ? arrayRepeat(turn, { data, operator, into })
        : undefined;
  if (repeat === undefined) return;
  if (group.repeats.length >= REMEMBERED) group.repeats.shift();
  group.repeats.push(repeat);
}

function numberRepeat(turn: Turn, operator: BuiltinOperator): Repeat | undefined {
  const team = teamOf(turn);
  const { endpoint } = team;
  const kernel = endpoint.kernels.tiny(1, operator);
  if (kernel === undefined) return undefined;
  const input = blockOf(endpoint.layout, endpoint.local) + BLOCK_SCRATCH;
  const { doubles } = endpoint.memory;
  const meeting = tinyMeeting(turn, { team, kernel, input, output: input + 8 });
  const run = (value: number): number => {
    doubles[input / 8] = value;
    meeting();
    return doubles[input / 8 + 1] ?? 0;
  };
  return { data: undefined, operator, into: undefined, length: 0, run };
}

type ArrayCall = {
  readonly data: TypedArray;
  readonly operator: BuiltinOperator;
  readonly into: TypedArray;
};

function arrayRepeat(turn: Turn, { data, operator, into }: ArrayCall): Repeat | undefined {
  const team = teamOf(turn);
  const { endpoint } = team;
  const input = placeOf(endpoint, data);
  const output = placeOf(endpoint, into);
  const type = typeCodeOf(data);
  if (data.byteLength > SMALL_BYTES || data.length === 0) return undefined;
  const scratch = blockOf(endpoint.layout, endpoint.local) + BLOCK_SCRATCH;
  const tiny = data.length === 1 ? endpoint.kernels.tiny(type, operator) : undefined;
  if (tiny !== undefined) {
    const places = { input: input || scratch, output: output || scratch + 8 };
    const meeting = tinyMeeting(turn, { team, kernel: tiny, ...places });
    const run = (): TypedArray => {
      if (input === 0) copyIn(endpoint, scratch, data);
      meeting();
      if (output === 0) copyOut(endpoint, into, scratch + 8);
      return into;
    };
    return { data, operator, into, length: data.length, run };
  }
  const shape = { inputs: team.size, outputs: 1 };
  const kernel = endpoint.kernels.reduce(type, operator, shape);
  if (kernel === undefined) return undefined;
  const run = smallMeeting(turn, { team, kernel, input, output, data, into });
  return { data, operator, into, length: data.length, run };
}

/** A turn that is used again for every repetition. */
function lastingTurn(turn: Turn): { readonly turn: Turn; next(): void } {
  const lasting = { ...turn, epoch: turn.epoch };
  const { group } = turn;
  const next = (): void => {
    group.epoch += 1;
    lasting.epoch = group.epoch;
    if (group.id === WORLD) enterCollective(group.endpoint);
  };
  return { turn: lasting, next };
}

function tinyMeeting(
  first: Turn,
  call: {
    readonly team: Team;
    readonly kernel: Kernel;
    readonly input: number;
    readonly output: number;
  },
): () => void {
  const { team, kernel, input, output } = call;
  const { endpoint, me, size, at } = team;
  const { usage, polls } = endpoint;
  const { turn, next } = lastingTurn(first);
  const { signature } = turn;
  const attempt = (sleepers: number): number =>
    kernel(at, me, size, team.sequence, signature, polls, sleepers, input, output);
  const bytes = 8;
  return () => {
    next();
    countCall(usage);
    addSent(usage, bytes);
    addReceived(usage, bytes * (size - 1));
    team.sequence = (team.sequence + 1) | 0;
    sayCall(turn, team);
    settle(turn, team, { status: attempt(WORD_SLEEPERS * 4), again: attempt });
  };
}

function smallMeeting(
  first: Turn,
  call: {
    readonly team: Team;
    readonly kernel: Kernel;
    readonly input: number;
    readonly output: number;
    readonly data: TypedArray;
    readonly into: TypedArray;
  },
): () => TypedArray {
  const { team, kernel, input, output, data, into } = call;
  const bytes = data.byteLength;
  const { endpoint, me, size } = team;
  const { copy } = endpoint.kernels;
  const { turn, next } = lastingTurn(first);
  const stages = [0, 1].map((parity) => team.ranks.map((_, m) => stageOf(team, m, parity)));
  return () => {
    next();
    countCall(endpoint.usage);
    addSent(endpoint.usage, bytes);
    addReceived(endpoint.usage, bytes * (size - 1));
    const stage = stageOf(team, me, team.sequence + 1);
    if (input === 0) copyIn(endpoint, stage, data);
    else copy(stage, input, bytes);
    meet(turn, team);
    const inputs = stages[team.sequence & 1] ?? [];
    // Our own stage of the other parity is free: everybody has finished with it.
    const target = output || stageOf(team, me, team.sequence + 1);
    if (size === 2) kernel(bytes, inputs[0] ?? 0, inputs[1] ?? 0, target);
    else kernel(bytes, ...inputs, target);
    if (output === 0) copyOut(endpoint, into, target);
    return into;
  };
}
