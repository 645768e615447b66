import type { TypedArray } from '../elementType.ts';
import type { Turn } from '../group.ts';
import { combine } from '../operand.ts';
import type { Operand } from '../operand.ts';
import type { Operator } from '../operators.ts';
import type { Kernel } from '../wasm/kernelCache.ts';
import { arrayAt, copyArray } from './place.ts';
import type { Team } from './team.ts';

/**
 * Reduces equally long pieces of shared memory, in the order given, into one or more places that
 * may be among them. A WebAssembly kernel where the machine has the operation, else plain loops.
 */
export type Fold = {
  readonly operator: Operator<never>;
  readonly type: number;
  readonly bytes: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
};

export function fold(turn: Turn, team: Team, work: Fold): void {
  const { operator, type, inputs, outputs } = work;
  const kernel = foldKernel(team, { operator, type }, inputs.length, outputs.length);
  if (kernel === undefined) foldSlowly(turn, team, work);
  else callFold(kernel, work);
}

/** Undefined for functions and where the machine has no such operation. */
export function foldKernel(
  team: Team,
  { operator, type }: Pick<Fold, 'operator' | 'type'>,
  inputs: number,
  outputs: number,
): Kernel | undefined {
  if (typeof operator === 'function') return undefined;
  return team.endpoint.kernels.reduce(type, operator, { inputs, outputs });
}

export function callFold(kernel: Kernel, { bytes, inputs, outputs }: Fold): void {
  if (bytes === 0) return;
  const [a = 0, b = 0] = inputs;
  const [c = 0, d = 0] = outputs;
  if (inputs.length === 2 && outputs.length === 1) kernel(bytes, a, b, c);
  else if (inputs.length === 2 && outputs.length === 2) kernel(bytes, a, b, c, d);
  else kernel(bytes, ...inputs, ...outputs);
}

export function foldSlowly(turn: Turn, team: Team, work: Fold): void {
  const { operator, type, bytes, inputs, outputs } = work;
  if (bytes === 0) return;
  const at = (address: number): TypedArray => arrayAt(team.endpoint, type, { address, bytes });
  const operand = (vector: TypedArray): Operand => ({
    kind: 'array',
    type,
    count: vector.length,
    source: vector,
    vector,
    value: undefined,
  });
  const total = operand(at(inputs[0] ?? 0).slice());
  for (const address of inputs.slice(1)) {
    combine(turn, operator, { target: total, left: total, right: operand(at(address)) });
  }
  for (const address of outputs) copyArray(at(address), total.vector as TypedArray);
}
