import { createRequire } from 'node:module';

/**
 * Node's WASI, of which we use three system calls. It is marked experimental, so everybody who opens
 * it has another way for Nodes that have none, or another kind.
 */
export type Wasi = {
  readonly wasiImport: Record<string, (...args: number[]) => number>;
  initialize(instance: WebAssembly.Instance): void;
};
type WasiModule = { readonly WASI: new (options: object) => Wasi };

/** `descriptor`: what the functions call 0 and 1. Errors: whatever this Node says. */
export function openWasi(descriptor: number): Wasi {
  const { WASI } = quietly(() => createRequire(import.meta.url)('node:wasi') as WasiModule);
  return new WASI({ version: 'preview1', stdin: descriptor, stdout: descriptor });
}

/** Without the warning that the module is experimental: users can do nothing about it. */
function quietly<T>(action: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}
