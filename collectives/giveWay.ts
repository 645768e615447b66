import { openWasi } from './wasi.ts';
import { assembleForwarders } from './wasm/assembler.ts';
import { PAGES_MAXIMUM } from './wasm/platform.ts';

const STANDARD_INPUT = 0;

/** Lets another thread have this core (sched_yield). Undefined where this Node has no such call. */
export function openGiveWay(memory: WebAssembly.Memory): (() => void) | undefined {
  try {
    const wasi = openWasi(STANDARD_INPUT);
    const nothing = new WebAssembly.Module(
      assembleForwarders([], { parameters: 0 }, PAGES_MAXIMUM),
    );
    wasi.initialize(new WebAssembly.Instance(nothing, { env: { memory } }));
    const { sched_yield: yields } = wasi.wasiImport;
    if (yields === undefined || yields() !== 0) return undefined;
    return () => void yields();
  } catch {
    return undefined;
  }
}
