import { BLOCK_DOORBELL, BLOCK_SLEEPING, WORD_HEAP_TOP, blockOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { PAGE_BYTES, PAGES_MAXIMUM } from './wasm/platform.ts';

/**
 * The shared memory of one part: one WebAssembly.Memory that starts with the control area and
 * grows by a bump-allocated heap (`comm.alloc`). Growing is free, touching is the cost.
 */
export type Memory = {
  readonly wasm: WebAssembly.Memory;
  readonly layout: Layout;
  /** Views of the control area; they stay valid when the memory grows. */
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly doubles: Float64Array;
  ringDoorbell(localIndex: number): void;
  ringAllDoorbells(): void;
};

const HEAP_UNIT = 64;

/** Less room to grow where the system refuses to reserve 4 GiB of addresses. */
const MAXIMA = [PAGES_MAXIMUM, PAGES_MAXIMUM / 4, PAGES_MAXIMUM / 16];

/** Errors: RangeError when there is no room for the control area. */
export function createMemory(layout: Layout): Memory {
  const wasm = reserve(layout.heap / PAGE_BYTES);
  const memory = openMemory(wasm, layout);
  Atomics.store(memory.words, WORD_HEAP_TOP, layout.heap / HEAP_UNIT);
  return memory;
}

function reserve(initial: number): WebAssembly.Memory {
  let refused: unknown;
  for (const maximum of MAXIMA.filter((pages) => pages >= initial)) {
    try {
      return new WebAssembly.Memory({ initial, maximum, shared: true });
    } catch (error) {
      refused = error;
    }
  }
  throw new RangeError(`${initial} pages of shared memory cannot be had`, { cause: refused });
}

export function openMemory(wasm: WebAssembly.Memory, layout: Layout): Memory {
  const words = new Int32Array(wasm.buffer, 0, layout.heap / 4);
  const ringDoorbell = (localIndex: number): void => {
    const block = blockOf(layout, localIndex);
    Atomics.add(words, (block + BLOCK_DOORBELL) / 4, 1);
    if (Atomics.load(words, (block + BLOCK_SLEEPING) / 4) === 0) return;
    Atomics.notify(words, (block + BLOCK_DOORBELL) / 4);
  };
  return {
    wasm,
    layout,
    words,
    bytes: new Uint8Array(wasm.buffer, 0, layout.heap),
    doubles: new Float64Array(wasm.buffer, 0, layout.heap / 8),
    ringDoorbell,
    ringAllDoorbells: () => layout.localRanks.forEach((_, local) => ringDoorbell(local)),
  };
}

/**
 * Reserves bytes in the heap, aligned to 64. Any rank may call it at any time.
 * Returns the byte offset, or undefined when the 4 GiB of the memory are used up.
 */
export function allocate(memory: Memory, bytes: number): number | undefined {
  const units = Math.ceil(bytes / HEAP_UNIT);
  const top = Atomics.add(memory.words, WORD_HEAP_TOP, units) >>> 0;
  const end = (top + units) * HEAP_UNIT;
  if (end > PAGES_MAXIMUM * PAGE_BYTES) {
    Atomics.sub(memory.words, WORD_HEAP_TOP, units);
    return undefined;
  }
  while (memory.wasm.buffer.byteLength < end) {
    const missing = Math.ceil((end - memory.wasm.buffer.byteLength) / PAGE_BYTES);
    try {
      memory.wasm.grow(missing);
    } catch {
      if (memory.wasm.buffer.byteLength >= end) break;
      Atomics.sub(memory.words, WORD_HEAP_TOP, units);
      return undefined;
    }
  }
  return top * HEAP_UNIT;
}
