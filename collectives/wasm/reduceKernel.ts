import { I32, constant, get, ifThen, loop, op, set, tee } from './assembler.ts';
import type { WasmFunction } from './assembler.ts';
import type { ElementOperation } from './elementOperation.ts';
import { VECTOR_TYPE, vectorLoad, vectorStore } from './elementOperation.ts';

/**
 * `(bytes, in0.., out0..)`: out[j][i] = in[0][i] op in[1][i] op ..., left to right, for any number
 * of bytes that is a multiple of the element. One pass over memory, 64 bytes per turn with SIMD,
 * the rest (or everything) element by element. Outputs may be inputs.
 */
export function reduceKernel(
  name: string,
  operation: ElementOperation,
  shape: { readonly inputs: number; readonly outputs: number; readonly simd: boolean },
): WasmFunction {
  const parameters = 1 + shape.inputs + shape.outputs;
  const vectors = (first: number, count: number): Vector[] =>
    Array.from({ length: count }, (_, i) => ({ pointer: first + i, offset: 0 }));
  const places: Places = {
    bytes: 0,
    inputs: vectors(1, shape.inputs),
    outputs: vectors(1 + shape.inputs, shape.outputs),
    simd: shape.simd,
  };
  return {
    name,
    parameters,
    returns: false,
    locals: reduceLocals(operation, shape.simd),
    body: reduceBody(operation, places, parameters),
  };
}

/** A vector begins at the address in a local plus a constant. */
type Vector = { readonly pointer: number; readonly offset: number };
type Places = {
  /** The local that holds how many bytes there are. */
  readonly bytes: number;
  readonly inputs: readonly Vector[];
  readonly outputs: readonly Vector[];
  readonly simd: boolean;
};

/** What `reduceBody` needs from `first` on. */
export const reduceLocals = (
  operation: ElementOperation,
  simd: boolean,
): WasmFunction['locals'] => [
  [2, I32],
  [2, operation.type],
  [2, simd ? VECTOR_TYPE : operation.type],
];

export function reduceBody(operation: ElementOperation, places: Places, first: number): number[] {
  const local: Locals = {
    at: first,
    limit: first + 1,
    scalar: first + 2,
    next: first + 3,
    lane: first + 4,
    nextLane: first + 5,
  };
  return [
    ...constant(0),
    ...set(local.at),
    ...(places.simd ? simdLoop(operation, places, local) : []),
    ...scalarLoop(operation, places, local),
  ];
}

type Locals = {
  readonly at: number;
  readonly limit: number;
  readonly scalar: number;
  readonly next: number;
  readonly lane: number;
  readonly nextLane: number;
};

const TURN = 64;

function simdLoop(operation: ElementOperation, places: Places, local: Locals): number[] {
  const body: number[] = [];
  const address = ({ pointer }: Vector): number[] => [...get(pointer), ...get(local.at), op.add];
  for (let turn = 0; turn < TURN; turn += 16) {
    for (const [i, input] of places.inputs.entries()) {
      const lane = i === 0 ? local.lane : local.nextLane;
      body.push(...address(input), ...vectorLoad(input.offset + turn), ...set(lane));
      if (i === 0) continue;
      body.push(...operation.simd(local.lane, local.nextLane), ...set(local.lane));
    }
    for (const output of places.outputs) {
      body.push(...address(output), ...get(local.lane), ...vectorStore(output.offset + turn));
    }
  }
  // limit = bytes rounded down to a turn; while (at < limit) { turn; at += 64 }
  return [
    ...get(places.bytes),
    ...constant(-TURN),
    op.and,
    ...tee(local.limit),
    ...ifThen,
    ...loop,
    ...body,
    ...get(local.at),
    ...constant(TURN),
    op.add,
    ...tee(local.at),
    ...get(local.limit),
    op.lessU,
    op.branchIf,
    0,
    op.end,
    op.end,
  ];
}

function scalarLoop(operation: ElementOperation, places: Places, local: Locals): number[] {
  const address = ({ pointer }: Vector): number[] => [...get(pointer), ...get(local.at), op.add];
  const body: number[] = [];
  for (const [i, input] of places.inputs.entries()) {
    const scalar = i === 0 ? local.scalar : local.next;
    body.push(...address(input), ...operation.load(input.offset), ...set(scalar));
    if (i === 0) continue;
    body.push(...operation.scalar(local.scalar, local.next), ...set(local.scalar));
  }
  for (const output of places.outputs) {
    body.push(...address(output), ...get(local.scalar), ...operation.store(output.offset));
  }
  return [
    ...get(local.at),
    ...get(places.bytes),
    op.lessU,
    ...ifThen,
    ...loop,
    ...body,
    ...get(local.at),
    ...constant(operation.bytes),
    op.add,
    ...tee(local.at),
    ...get(places.bytes),
    op.lessU,
    op.branchIf,
    0,
    op.end,
    op.end,
  ];
}
