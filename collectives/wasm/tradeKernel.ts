import { I32, block, constant, get, ifThen, loop, memoryCopy, op, set } from './assembler.ts';
import type { WasmFunction } from './assembler.ts';
import { access } from './assembler.ts';
import type { ElementOperation } from './elementOperation.ts';
import { vectorLoad, vectorStore } from './elementOperation.ts';
import { reduceBody, reduceLocals } from './reduceKernel.ts';
import { POLLS, arrive, meet } from './syncKernel.ts';

/**
 * Small collectives as one function each: lay the own data out in the stage, meet, and take what
 * one wants from everybody's stages. The first seven parameters and the result are `sync`'s.
 */
const SOURCE = 7;
const STAGE = 8;
const BYTES_IN = 9;

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
  const step = (width: number, load: readonly number[], store: readonly number[]): number[] =>
    [
      [...block, ...loop],
      [...get(at), ...constant(width), op.add, ...get(bytes), op.greaterU, op.branchIf, 1],
      [...address(to), ...address(from), ...load, ...store],
      [...get(at), ...constant(width), op.add, ...set(at), op.branch, 0, op.end, op.end],
    ].flat();
  return [
    [...get(bytes), ...constant(LONG_BYTES), op.greaterU, ...ifThen],
    [...get(to), ...get(from), ...get(bytes), ...memoryCopy, op.else],
    [...constant(0), ...set(at)],
    simd ? step(16, vectorLoad(0), vectorStore(0)) : [],
    step(8, access([0x29], 0, 0), access([0x37], 0, 0)),
    step(1, access([0x2d], 0, 0), access([0x3a], 0, 0)),
    [op.end],
  ].flat();
}

/**
 * `trade(..., source, stage, bytesIn, target, from, step, count, bytes)`: after the meeting,
 * `count` runs of `bytes`, `step` apart from `from` on, are joined at `target`.
 */
export function tradeKernel(simd: boolean): WasmFunction {
  const [target, from, step, count, bytes] = [10, 11, 12, 13, 14] as const;
  const [line, base, last, at] = [15, 16, 17, 18] as const;
  const increase = (local: number, by: number): number[] => [
    ...get(local),
    ...get(by),
    op.add,
    ...set(local),
  ];
  return {
    name: 'trade',
    parameters: 15,
    returns: true,
    locals: [[4, I32]],
    body: [
      copyRun({ to: STAGE, from: SOURCE, bytes: BYTES_IN, at }, simd),
      arrive(line, base, []),
      meet(line, base, last, []),
      [...block, ...loop, ...get(count), op.eqz, op.branchIf, 1],
      copyRun({ to: target, from, bytes, at }, simd),
      [...increase(target, bytes), ...increase(from, step)],
      [...get(count), ...constant(1), op.subtract, ...set(count), op.branch, 0, op.end, op.end],
      get(POLLS),
    ].flat(),
  };
}

/**
 * `small(..., source, stage, bytes, output, stages)`: an allreduce in which everybody reduces
 * all that lies in the stages, `stride` apart from `stages` on. An output of 0 wants nothing.
 */
export function smallKernel(
  name: string,
  operation: ElementOperation,
  shape: { readonly size: number; readonly stride: number; readonly simd: boolean },
): WasmFunction {
  const [output, stages] = [10, 11] as const;
  const [line, base, last, at, first] = [12, 13, 14, 15, 16] as const;
  const inputs = Array.from({ length: shape.size }, (_, member) => ({
    pointer: stages,
    offset: member * shape.stride,
  }));
  const places = {
    bytes: BYTES_IN,
    inputs,
    outputs: [{ pointer: output, offset: 0 }],
    simd: shape.simd,
  };
  return {
    name,
    parameters: 12,
    returns: true,
    locals: [[4, I32], ...reduceLocals(operation, shape.simd)],
    body: [
      copyRun({ to: STAGE, from: SOURCE, bytes: BYTES_IN, at }, shape.simd),
      arrive(line, base, []),
      meet(line, base, last, []),
      [...get(output), ...ifThen],
      reduceBody(operation, places, first),
      [op.end],
      get(POLLS),
    ].flat(),
  };
}
