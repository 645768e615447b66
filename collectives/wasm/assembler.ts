/**
 * A small WebAssembly assembler: functions as lists of opcodes, one imported shared memory, every
 * function exported. Source: WebAssembly Core Specification 2.0, threads and SIMD proposals.
 */

export type WasmFunction = {
  readonly name: string;
  /** Parameters are all i32. */
  readonly parameters: number;
  readonly returns: boolean;
  /** Extra locals: [how many, type]. They follow the parameters. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly body: readonly number[];
};

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;

export const op = {
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  return: 0x0f,
  select: 0x1b,
  eqz: 0x45,
  equal: 0x46,
  notEqual: 0x47,
  lessU: 0x49,
  greaterEqual: 0x4e,
  greaterU: 0x4b,
  greaterEqualU: 0x4f,
  add: 0x6a,
  subtract: 0x6b,
  multiply: 0x6c,
  and: 0x71,
  or: 0x72,
} as const;

const EMPTY_BLOCK = 0x40;
export const loop: readonly number[] = [0x03, EMPTY_BLOCK];
export const block: readonly number[] = [0x02, EMPTY_BLOCK];
export const ifThen: readonly number[] = [op.if, EMPTY_BLOCK];

export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

export const get = (local: number): number[] => [0x20, ...unsigned(local)];
export const set = (local: number): number[] => [0x21, ...unsigned(local)];
export const tee = (local: number): number[] => [0x22, ...unsigned(local)];
export const constant = (value: number): number[] => [0x41, ...signed(value)];
export const atomicLoad = (offset: number): number[] => [0xfe, 0x10, 2, ...unsigned(offset)];
export const atomicStore = (offset: number): number[] => [0xfe, 0x17, 2, ...unsigned(offset)];
/** A load or store opcode with its alignment (as a power of two) and offset. */
export const access = (code: readonly number[], alignment: number, offset: number): number[] => [
  ...code,
  alignment,
  ...unsigned(offset),
];
export const int = {
  load: (offset: number) => access([0x28], 2, offset),
  store: (offset: number) => access([0x36], 2, offset),
};
export const long = {
  load: (offset: number) => access([0x29], 3, offset),
  store: (offset: number) => access([0x37], 3, offset),
  notEqual: 0x52,
};
export const float = {
  load: (offset: number) => access([0x2b], 3, offset),
  store: (offset: number) => access([0x39], 3, offset),
  /** Of a small whole number. */
  constant: (value: number) => [...constant(value), 0xb7],
  ofInt: 0xb7,
  add: 0xa0,
  multiply: 0xa2,
};
export const memoryCopy: readonly number[] = [0xfc, 10, 0, 0];

const PREAMBLE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const vector = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];
const text = (value: string): number[] => vector([...Buffer.from(value)].map((byte) => [byte]));
const section = (id: number, body: readonly number[]): number[] => [
  id,
  ...unsigned(body.length),
  ...body,
];

/**
 * A module that passes calls on to imported functions `to.NAME` (of i32 parameters and result), so
 * that what is imported acts on `env.memory`, which it exports as `memory`.
 */
export function assembleForwarders(
  names: readonly string[],
  shape: { readonly parameters: number },
  pagesMaximum: number,
): Uint8Array<ArrayBuffer> {
  const numbers = Array.from({ length: shape.parameters }, () => [I32]);
  const type = [0x60, ...vector(numbers), ...vector([[I32]])];
  const limits = [0x03, ...unsigned(1), ...unsigned(pagesMaximum)];
  const imported = names.map((name) => [...text('to'), ...text(name), 0, 0]);
  const code = names.map((_, i) => {
    const body = [0, ...numbers.flatMap((__, local) => get(local)), 0x10, ...unsigned(i), op.end];
    return [...unsigned(body.length), ...body];
  });
  const exported = names.map((name, i) => [...text(name), 0, ...unsigned(names.length + i)]);
  return new Uint8Array([
    ...PREAMBLE,
    ...section(1, vector([type])),
    ...section(2, vector([[...text('env'), ...text('memory'), 2, ...limits], ...imported])),
    ...section(3, vector(names.map(() => [0]))),
    ...section(7, vector([[...text('memory'), 2, 0], ...exported])),
    ...section(10, vector(code)),
  ]);
}

/** A module that imports `env.memory` (shared) and exports the functions by name. */
export function assemble(
  functions: readonly WasmFunction[],
  memory: { readonly pagesMaximum: number },
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, returns }) => [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [I32])),
    ...vector(returns ? [[I32]] : []),
  ]);
  const code = functions.map(({ locals, body }) => {
    const bytes = [
      ...vector(locals.map(([count, type]) => [...unsigned(count), type])),
      ...body,
      op.end,
    ];
    return [...unsigned(bytes.length), ...bytes];
  });
  const limits = [0x03, ...unsigned(1), ...unsigned(memory.pagesMaximum)];
  return new Uint8Array([
    ...PREAMBLE,
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 2, ...limits]])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, vector(code)),
  ]);
}
