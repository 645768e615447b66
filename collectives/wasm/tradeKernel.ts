import { I32, access, block, constant, get, ifThen, int, loop } from './assembler.ts';
import { memoryCopy, op, set } from './assembler.ts';
import type { WasmFunction } from './assembler.ts';
import type { ElementOperation } from './elementOperation.ts';
import { vectorLoad, vectorStore } from './elementOperation.ts';
import { FREE, MEETING_LOCALS, MEETING_PARAMETERS, PARITY, RECORD_AT } from './meetingKernel.ts';
import { meeting } from './meetingKernel.ts';
import { RECORD } from './meetingLayout.ts';
import { reduceBody, reduceLocals } from './reduceKernel.ts';

/**
 * Small collectives as one function each: lay the own data out in the stage, meet, and take what
 * one wants from everybody's stages. These are their arguments, in the order in which records have them.
 */
export type Lay = {
  /** `given` bytes go from `source` to the stage; none when they are there already. */
  readonly source: number;
  readonly given: number;
  readonly stage: number;
  /** From the places of even meetings to those of odd ones, here and in `from`. */
  readonly stride: number;
};
/** After the meeting, `count` runs of `bytes`, `step` apart from `from` on, are joined at `target`. */
export type Trade = Lay & {
  readonly target: number;
  readonly from: number;
  readonly bytes: number;
  readonly step: number;
  readonly count: number;
};
/** Reduces `bytes` of every member's stage, from the first one's on; a target of 0 wants nothing. */
export type Small = Omit<Trade, 'step' | 'count'>;

export const layArguments = ({ source, given, stage, stride }: Lay): number[] => [
  source,
  given,
  stage,
  stride,
];
export const tradeArguments = (by: Trade): number[] => [...smallArguments(by), by.step, by.count];
export const smallArguments = (by: Small): number[] => [
  ...layArguments(by),
  by.target,
  by.from,
  by.bytes,
];
const argument = (index: number): number[] => [
  ...get(RECORD_AT),
  ...int.load(RECORD.arguments + 4 * index),
];
const [SOURCE, GIVEN, STAGE, STRIDE, TARGET, FROM, BYTES, STEP, COUNT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const;

/** Above, the call into the C library pays. */
const LONG_BYTES = 2048;

type Run = {
  readonly to: number;
  readonly from: number;
  readonly bytes: number;
  /** A local that is free. */
  readonly at: number;
};

/** Copies bytes between the addresses in two locals; overlapping runs only if they are the same. */
function copyRun(run: Run, simd: boolean): number[] {
  const { to, from, bytes, at } = run;
  const address = (pointer: number): number[] => [...get(pointer), ...get(at), op.add];
  const step = (width: number, move: readonly number[]): number[] =>
    [
      [...block, ...loop],
      [...get(at), ...constant(width), op.add, ...get(bytes), op.greaterU, op.branchIf, 1, ...move],
      [...get(at), ...constant(width), op.add, ...set(at), op.branch, 0, op.end, op.end],
    ].flat();
  const move = (load: readonly number[], store: readonly number[]): number[] => [
    ...address(to),
    ...address(from),
    ...load,
    ...store,
  ];
  const vectors = [0, 16, 32, 48].flatMap((offset) =>
    move(vectorLoad(offset), vectorStore(offset)),
  );
  return [
    [...get(bytes), ...constant(LONG_BYTES), op.greaterU, ...ifThen],
    [...get(to), ...get(from), ...get(bytes), ...memoryCopy, op.else],
    [...constant(0), ...set(at)],
    simd ? step(64, vectors) : [],
    step(8, move(access([0x29], 0, 0), access([0x37], 0, 0))),
    step(1, move(access([0x2d], 0, 0), access([0x3a], 0, 0))),
    [op.end],
  ].flat();
}

/** An argument, and for odd meetings the stride besides. */
const placed = (index: number): number[] => [
  ...argument(index),
  ...get(PARITY),
  ...argument(STRIDE),
  op.multiply,
  op.add,
];

const layOut = (run: Run, simd: boolean): number[] => [
  ...argument(GIVEN),
  ...set(run.bytes),
  ...get(run.bytes),
  ...ifThen,
  ...argument(SOURCE),
  ...set(run.from),
  ...placed(STAGE),
  ...set(run.to),
  ...copyRun(run, simd),
  op.end,
];

const RUN: Run = { to: FREE, from: FREE + 1, bytes: FREE + 2, at: FREE + 3 };
const RUN_LOCALS = [4, I32] as const;

export function tradeKernel(simd: boolean): WasmFunction {
  const left = FREE + 4;
  const { to, from, bytes } = RUN;
  const take = [
    [...argument(COUNT), ...set(left)],
    [...block, ...get(left), op.eqz, op.branchIf, 0],
    [...argument(TARGET), ...set(to), ...placed(FROM), ...set(from), ...argument(BYTES)],
    [...set(bytes), ...loop],
    copyRun(RUN, simd),
    [...get(to), ...get(bytes), op.add, ...set(to)],
    [...get(from), ...argument(STEP), op.add, ...set(from)],
    [...get(left), ...constant(1), op.subtract, ...set(left)],
    [...get(left), op.branchIf, 0, op.end, op.end],
  ].flat();
  return {
    name: 'trade',
    parameters: MEETING_PARAMETERS,
    returns: true,
    locals: [MEETING_LOCALS, RUN_LOCALS, [1, I32]],
    body: meeting({ lay: layOut(RUN, simd), take }),
  };
}

/** For teams of `size` members whose stages are `stride` apart. */
export function smallKernel(
  name: string,
  operation: ElementOperation,
  shape: { readonly size: number; readonly stride: number; readonly simd: boolean },
): WasmFunction {
  const { to: output, from: stages, bytes } = RUN;
  const inputs = Array.from({ length: shape.size }, (_, member) => ({
    pointer: stages,
    offset: member * shape.stride,
  }));
  const places = {
    bytes,
    inputs,
    outputs: [{ pointer: output, offset: 0 }],
    simd: shape.simd,
  };
  const take = [
    [...argument(TARGET), ...set(output), ...get(output), ...ifThen],
    [...placed(FROM), ...set(stages), ...argument(BYTES), ...set(bytes)],
    reduceBody(operation, places, FREE + 4),
    [op.end],
  ].flat();
  return {
    name,
    parameters: MEETING_PARAMETERS,
    returns: true,
    locals: [MEETING_LOCALS, RUN_LOCALS, ...reduceLocals(operation, shape.simd)],
    body: meeting({ lay: layOut(RUN, shape.simd), take }),
  };
}
