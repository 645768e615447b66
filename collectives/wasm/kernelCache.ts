import type { OperatorName } from '../call.ts';
import { assemble } from './assembler.ts';
import type { WasmFunction } from './assembler.ts';
import { elementOperation } from './elementOperation.ts';
import { copyKernel, syncKernel, tinyKernel, waitKernel } from './meetingKernel.ts';
import { PAGES_MAXIMUM } from './platform.ts';
import { reduceKernel } from './reduceKernel.ts';
import { smallKernel, tradeKernel } from './tradeKernel.ts';

/**
 * The kernels of one rank thread, made when first needed: a kernel per (type, operator, number of
 * inputs and outputs) is a few hundred bytes and compiles in well under a millisecond.
 */
export type Kernel = (...args: number[]) => number;

/** A kernel in which ranks meet: `(desk, record, how)`, a status. */
export type MeetingKernel = (desk: number, record: number, how: number) => number;

export type Kernels = {
  readonly sync: MeetingKernel;
  readonly wait: Kernel;
  readonly copy: Kernel;
  readonly trade: MeetingKernel;
  /** Undefined when the machine has no such operation on this type. */
  reduce(type: number, operator: OperatorName, shape: Shape): Kernel | undefined;
  tiny(type: number, operator: OperatorName): MeetingKernel | undefined;
  /** For teams of `size` members whose stages are `stride` apart. */
  small(
    type: number,
    operator: OperatorName,
    team: { readonly size: number; readonly stride: number },
  ): MeetingKernel | undefined;
};

type Shape = { readonly inputs: number; readonly outputs: number };

export function createKernels(memory: WebAssembly.Memory): Kernels {
  const instantiate = (functions: readonly WasmFunction[]): Record<string, Kernel> => {
    const module = new WebAssembly.Module(assemble(functions, { pagesMaximum: PAGES_MAXIMUM }));
    return new WebAssembly.Instance(module, { env: { memory } }).exports;
  };
  const simd = hasSimd();
  const cache = new Map<string, Kernel | undefined>();
  const cached = (name: string, make: () => WasmFunction | undefined): Kernel | undefined => {
    if (!cache.has(name)) {
      const made = make();
      cache.set(name, made && instantiate([made])[name]);
    }
    return cache.get(name);
  };
  const plain = [syncKernel, waitKernel, copyKernel, tradeKernel(simd)];
  const { sync, wait, copy, trade } = instantiate(plain);
  if (!sync || !wait || !copy || !trade) {
    throw new Error('the kernels of a module are its exports');
  }
  return {
    sync,
    wait,
    copy,
    trade,
    reduce: (type, operator, { inputs, outputs }) =>
      cached(`${type}-${operator}-${inputs}-${outputs}`, () => {
        const operation = elementOperation(type, operator);
        const name = `${type}-${operator}-${inputs}-${outputs}`;
        return operation && reduceKernel(name, operation, { inputs, outputs, simd });
      }),
    tiny: (type, operator) =>
      cached(`tiny-${type}-${operator}`, () => {
        const operation = elementOperation(type, operator);
        return operation && tinyKernel(`tiny-${type}-${operator}`, operation);
      }),
    small: (type, operator, { size, stride }) =>
      cached(`small-${type}-${operator}-${size}`, () => {
        const operation = elementOperation(type, operator);
        const name = `small-${type}-${operator}-${size}`;
        return operation && smallKernel(name, operation, { size, stride, simd });
      }),
  };
}

/** Chosen once: whether this machine runs 128-bit vectors. */
function hasSimd(): boolean {
  const operation = elementOperation(1, 'sum');
  if (operation === undefined) return false;
  const probe = reduceKernel('probe', operation, { inputs: 2, outputs: 1, simd: true });
  return WebAssembly.validate(assemble([probe], { pagesMaximum: PAGES_MAXIMUM }));
}
