import {
  I32,
  atomicLoad,
  atomicStore,
  constant,
  get,
  ifThen,
  loop,
  memoryCopy,
  op,
  set,
  tee,
} from './assembler.ts';
import type { WasmFunction } from './assembler.ts';
import type { ElementOperation } from './elementOperation.ts';

/**
 * The meeting of the ranks of a team inside WebAssembly. Each member owns two lines (by parity of
 * the sequence number); arriving = storing the number in the own line, meeting = seeing it in
 * every line. Results: polls left (> 0) when all are there, SPUN_OUT, MISMATCH (a signature
 * differs) or SLEEPERS (somebody sleeps and must be woken by the caller, who then calls again).
 *
 *   line: 0 sequence, 4 signature, 8.. arguments, INLINE one element of data
 */
export const LINE_BYTES = 128;
export const LINE_SIGNATURE = 4;
export const LINE_INLINE = 56;

export const SPUN_OUT = 0;
export const MISMATCH = -1;
export const SLEEPERS = -2;

/** Instructions in readable rows. */
const rows = (list: readonly (readonly number[])[]): number[] => list.flat();

/** Parameters, in order. */
const LINES = 0;
const ME = 1;
const SIZE = 2;
const SEQUENCE = 3;
const SIGNATURE = 4;
export const POLLS = 5;
/** Address of the word that counts sleepers, or 0 not to look. */
const SLEEPING = 6;
const INPUT = 7;
const OUTPUT = 8;

/** Stores my arrival, looks for sleepers. Locals: `line` (my line, then the one looked at). */
export function arrive(line: number, base: number, data: readonly number[]): number[] {
  return rows([
    // base = lines + (sequence & 1) * size * LINE
    [...get(SEQUENCE), ...constant(1), op.and, ...get(SIZE), op.multiply],
    [...constant(LINE_BYTES), op.multiply, ...get(LINES), op.add, ...tee(base)],
    [...get(ME), ...constant(LINE_BYTES), op.multiply, op.add, ...set(line)],
    data,
    [...get(line), ...get(SIGNATURE), 0x36, 2, LINE_SIGNATURE],
    [...get(line), ...get(SEQUENCE), ...atomicStore(0)],
    [...get(SLEEPING), ...ifThen, ...get(SLEEPING), ...atomicLoad(0), ...ifThen],
    [...constant(SLEEPERS), op.return, op.end, op.end],
  ]);
}

/** For every line: wait, compare, then `visit`. Locals: `line`, `last` (its end). */
export function meet(line: number, base: number, last: number, visit: readonly number[]): number[] {
  return rows([
    [...get(base), ...tee(line), ...get(SIZE), ...constant(LINE_BYTES), op.multiply],
    [op.add, ...set(last)],
    loop,
    loop,
    [...get(line), ...atomicLoad(0), ...get(SEQUENCE), op.notEqual, ...ifThen],
    [...get(POLLS), ...constant(1), op.subtract, ...tee(POLLS), op.branchIf, 1],
    [...constant(SPUN_OUT), op.return, op.end],
    [op.end],
    [...get(line), 0x28, 2, LINE_SIGNATURE, ...get(SIGNATURE), op.notEqual, ...ifThen],
    [...constant(MISMATCH), op.return, op.end],
    visit,
    [...get(line), ...constant(LINE_BYTES), op.add, ...tee(line), ...get(last), op.lessU],
    [op.branchIf, 0, op.end],
  ]);
}

/** `sync(lines, me, size, sequence, signature, polls, sleeping)`. */
export const syncKernel: WasmFunction = {
  name: 'sync',
  parameters: 7,
  returns: true,
  locals: [[3, I32]],
  body: [...arrive(7, 8, []), ...meet(7, 8, 9, []), ...get(POLLS)],
};

/** `wait(address, value, polls)`: polls left when the word has the value, else SPUN_OUT. */
export const waitKernel: WasmFunction = {
  name: 'wait',
  parameters: 3,
  returns: true,
  locals: [],
  body: rows([
    loop,
    [...get(0), ...atomicLoad(0), ...get(1), op.equal, ...ifThen, ...get(2), op.return, op.end],
    [...get(2), ...constant(1), op.subtract, ...tee(2), op.branchIf, 0, op.end],
    constant(SPUN_OUT),
  ]),
};

/** `copy(to, from, bytes)`. */
export const copyKernel: WasmFunction = {
  name: 'copy',
  parameters: 3,
  returns: false,
  locals: [],
  body: [...get(0), ...get(1), ...get(2), ...memoryCopy],
};

/**
 * `tiny(..., input, output)`: a whole allreduce of one element: it travels in the line beside the
 * sequence number, so one store both delivers and signals.
 */
export function tinyKernel(name: string, operation: ElementOperation): WasmFunction {
  const [line, base, last, total, next] = [9, 10, 11, 12, 13] as const;
  const data = [...get(line), ...get(INPUT), ...operation.load(0), ...operation.store(LINE_INLINE)];
  const visit = rows([
    [...get(line), ...operation.load(LINE_INLINE), ...set(next)],
    [...get(line), ...get(base), op.equal, ...ifThen, ...get(next), ...set(total), op.else],
    [...operation.scalar(total, next), ...set(total), op.end],
  ]);
  return {
    name,
    parameters: 9,
    returns: true,
    locals: [
      [3, I32],
      [2, operation.type],
    ],
    body: [
      ...arrive(line, base, data),
      ...meet(line, base, last, visit),
      ...get(OUTPUT),
      ...get(total),
      ...operation.store(0),
      ...get(POLLS),
    ],
  };
}
