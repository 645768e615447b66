import { readSync, writeSync } from 'node:fs';
import { openWasi } from '../wasi.ts';
import { assembleForwarders } from '../wasm/assembler.ts';
import { PAGES_MAXIMUM } from '../wasm/platform.ts';

/**
 * Reads and writes of a non-blocking descriptor straight from and to the shared memory. Node's
 * WASI does it for a fifth of the price of `fs`: "nothing there" is a number instead of an exception,
 * and several runs of memory leave in one call. WASI is marked experimental: it is tried once, and
 * `fs` does the work where it is missing or different.
 */
export type DescriptorIo = {
  readonly kind: 'wasi' | 'fs';
  /** The memory, at least as far as `end`. */
  bytesTo(end: number): Uint8Array;
  /** How many bytes came into two runs of the memory, in order, AGAIN or ENDED. */
  read(first: Run, second: Run): number;
  /** How many bytes of two runs of memory left, in order, AGAIN or ENDED. */
  write(first: Run, second: Run): number;
};

/** A run of the shared memory; may be empty. */
export type Run = { address: number; bytes: number };
export const NO_RUN: Readonly<Run> = { address: 0, bytes: 0 };

export const AGAIN = -1;
export const ENDED = 0;

/** Reads or writes what is possible: AGAIN when nothing is, ENDED when the peer has gone. */
export function attempt(action: () => number): number {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return action();
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    return code === 'EAGAIN' ? AGAIN : ENDED;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

export function fsIo(wasm: WebAssembly.Memory, descriptor: number): DescriptorIo {
  let view = new Uint8Array(wasm.buffer);
  const reaching = (end: number): Uint8Array => {
    if (view.byteLength < end) view = new Uint8Array(wasm.buffer);
    return view;
  };
  return {
    kind: 'fs',
    bytesTo: reaching,
    read: (first, second) => {
      const { address, bytes } = first.bytes > 0 ? first : second;
      return attempt(() => readSync(descriptor, reaching(address + bytes), address, bytes, null));
    },
    write: (first, second) => {
      const { address, bytes } = first.bytes > 0 ? first : second;
      return attempt(() => writeSync(descriptor, reaching(address + bytes), address, bytes));
    },
  };
}

/** Two runs, then the result. */
const AREA_WORDS = 5;
export const IO_AREA_BYTES = 64;
const WASI_AGAIN = 6;
const WASI_TOO_FAR = 61;
const STDIN = 0;
const STDOUT = 1;

/**
 * `area`: IO_AREA_BYTES of the memory for this thread and descriptor. Falls back to `fs`. The first
 * read happens at once, of `bytes` bytes at `address`; what it brought is in `early`.
 */
export function openIo(wasm: WebAssembly.Memory, descriptor: number, area: number): DescriptorIo {
  const plain = fsIo(wasm, descriptor);
  const calls = wasiCalls(wasm, descriptor);
  if (calls === undefined) return plain;
  const words = new Int32Array(wasm.buffer, area, AREA_WORDS);
  const outcome = (status: number): number => {
    if (status === 0) return words[4] ?? ENDED;
    return status === WASI_AGAIN ? AGAIN : ENDED;
  };
  /** Returns how many runs there are. */
  const describe = (first: Run, second: Run): number => {
    words[0] = first.address;
    words[1] = first.bytes;
    words[2] = second.address;
    words[3] = second.bytes;
    return second.bytes > 0 ? 2 : 1;
  };
  // Too far: this thread has not seen yet that another one has let the memory grow.
  const write = (first: Run, second: Run): number => {
    const status = calls.write(STDOUT, area, describe(first, second), area + 16);
    return status === WASI_TOO_FAR ? plain.write(first, second) : outcome(status);
  };
  const read = (first: Run, second: Run): number => {
    const status = calls.read(STDIN, area, describe(first, second), area + 16);
    return status === WASI_TOO_FAR ? plain.read(first, second) : outcome(status);
  };
  // An empty write must succeed and move nothing.
  const nothing = { address: area, bytes: 0 };
  if (write(nothing, nothing) !== 0) return plain;
  return { kind: 'wasi', bytesTo: plain.bytesTo, read, write };
}

type WasiCall = (descriptor: number, area: number, runs: number, result: number) => number;
type WasiCalls = Record<'read' | 'write', WasiCall>;

/**
 * A bound function that WebAssembly imports is called by V8's shortcut for native functions, which
 * corrupts the heap under load (Node 20.20: a segmentation fault within a minute of
 * `npm run bench -- matrix --shape 0101010`). A plain function around it has no such shortcut.
 */
const unbound =
  (bound: WasiCall): WasiCall =>
  (descriptor, area, runs, result) =>
    bound(descriptor, area, runs, result);

/** Undefined when this Node has no WASI of the kind that we know. */
function wasiCalls(wasm: WebAssembly.Memory, descriptor: number): WasiCalls | undefined {
  try {
    const wasi = openWasi(descriptor);
    const { fd_read: read, fd_write: write } = wasi.wasiImport;
    if (!read || !write) return undefined;
    const bytes = assembleForwarders(['read', 'write'], { parameters: 4 }, PAGES_MAXIMUM);
    const module = new WebAssembly.Module(bytes);
    const instance = new WebAssembly.Instance(module, {
      env: { memory: wasm },
      to: { read: unbound(read), write: unbound(write) },
    });
    wasi.initialize(instance);
    const { read: reader, write: writer } = instance.exports;
    return reader && writer && { read: reader, write: writer };
  } catch {
    return undefined;
  }
}
