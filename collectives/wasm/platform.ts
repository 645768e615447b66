/**
 * The part of the WebAssembly API that collectives use; the es2023 library has none of it.
 * Source: WebAssembly JavaScript Interface (W3C), threads proposal.
 */
declare global {
  namespace WebAssembly {
    class Memory {
      constructor(descriptor: { initial: number; maximum: number; shared: boolean });
      readonly buffer: SharedArrayBuffer;
      grow(pages: number): number;
    }
    class Module {
      constructor(bytes: Uint8Array);
      static exports(module: Module): readonly { readonly name: string }[];
    }
    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, unknown>>);
      readonly exports: Record<string, (...args: number[]) => number>;
    }
    function validate(bytes: Uint8Array): boolean;
  }
}

export const PAGE_BYTES = 65536;
export const PAGES_MAXIMUM = 65536;
