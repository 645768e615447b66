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
  const local: Locals = {
    at: parameters,
    limit: parameters + 1,
    scalar: parameters + 2,
    next: parameters + 3,
    lane: parameters + 4,
    nextLane: parameters + 5,
  };
  return {
    name,
    parameters,
    returns: false,
    locals: [
      [2, I32],
      [2, operation.type],
      [2, shape.simd ? VECTOR_TYPE : operation.type],
    ],
    body: [
      ...(shape.simd ? simdLoop(operation, shape, local) : []),
      ...scalarLoop(operation, shape, local),
    ],
  };
}

type Locals = {
  readonly at: number;
  readonly limit: number;
  readonly scalar: number;
  readonly next: number;
  readonly lane: number;
  readonly nextLane: number;
};
type Shape = { readonly inputs: number; readonly outputs: number };

const TURN = 64;

function simdLoop(
  operation: ElementOperation,
  { inputs, outputs }: Shape,
  local: Locals,
): number[] {
  const body: number[] = [];
  const address = (pointer: number): number[] => [...get(pointer), ...get(local.at), op.add];
  for (let offset = 0; offset < TURN; offset += 16) {
    body.push(...address(1), ...vectorLoad(offset), ...set(local.lane));
    for (let i = 1; i < inputs; i++) {
      body.push(...address(1 + i), ...vectorLoad(offset), ...set(local.nextLane));
      body.push(...operation.simd(local.lane, local.nextLane), ...set(local.lane));
    }
    for (let o = 0; o < outputs; o++) {
      body.push(...address(1 + inputs + o), ...get(local.lane), ...vectorStore(offset));
    }
  }
  // limit = bytes rounded down to a turn; while (at < limit) { turn; at += 64 }
  return [
    ...get(0),
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

function scalarLoop(
  operation: ElementOperation,
  { inputs, outputs }: Shape,
  local: Locals,
): number[] {
  const address = (pointer: number): number[] => [...get(pointer), ...get(local.at), op.add];
  const body: number[] = [...address(1), ...operation.load(0), ...set(local.scalar)];
  for (let i = 1; i < inputs; i++) {
    body.push(...address(1 + i), ...operation.load(0), ...set(local.next));
    body.push(...operation.scalar(local.scalar, local.next), ...set(local.scalar));
  }
  for (let o = 0; o < outputs; o++) {
    body.push(...address(1 + inputs + o), ...get(local.scalar), ...operation.store(0));
  }
  return [
    ...get(local.at),
    ...get(0),
    op.lessU,
    ...ifThen,
    ...loop,
    ...body,
    ...get(local.at),
    ...constant(operation.bytes),
    op.add,
    ...tee(local.at),
    ...get(0),
    op.lessU,
    op.branchIf,
    0,
    op.end,
    op.end,
  ];
}
