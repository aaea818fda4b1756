import { readFileSync } from "node:fs";
import { builtFile } from "../../runtime/builtFile.js";
import type { Kernel } from "./kernelInterface.js";
import { portableKernel } from "./portableKernel.js";

/** Number of rows of a tile, which is the unit in which pairs are computed, pruned and locked. */
export const TILE = 64;

const PAGE = 65_536;
/** Maximum number of pages of a WebAssembly memory: 4 GB. */
const MOST_PAGES = 65_536;

let compiled: WebAssembly.Module | null | undefined;

/** The compiled kernel, or null if the engine has no SIMD or no threads in WebAssembly. */
export function kernelModule(): WebAssembly.Module | null {
  if (compiled === undefined) {
    try {
      const bytes = readFileSync(builtFile(new URL("./kernel.wasm", import.meta.url), import.meta.url));
      compiled = WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;
      compiled = null;
    }
  }
  return compiled;
}

/** Sets the kernel of this thread to the one that the process has compiled. */
export function useKernelModule(module: WebAssembly.Module | null): void {
  compiled = module;
}

/** Memory that threads share; each thread can create a kernel for it. */
export type KernelMemory = WebAssembly.Memory | SharedArrayBuffer;

/** Whether this many bytes fit into a WebAssembly memory; the portable kernel handles larger ones. */
export const fitsWebAssembly = (bytes: number): boolean => Math.ceil(bytes / PAGE) <= MOST_PAGES;

/**
 * Memory of at least this many bytes: a WebAssembly memory where possible, otherwise plain shared memory for
 * the portable kernel.
 */
export function kernelMemory(bytes: number, module: WebAssembly.Module | null): KernelMemory {
  if (module === null || !fitsWebAssembly(bytes)) return new SharedArrayBuffer(bytes);
  const pages = Math.ceil(bytes / PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

export const memoryBuffer = (memory: KernelMemory): SharedArrayBuffer =>
  memory instanceof SharedArrayBuffer ? memory : (memory.buffer as unknown as SharedArrayBuffer);

export function kernelFor(memory: KernelMemory, module: WebAssembly.Module | null): Kernel {
  if (memory instanceof SharedArrayBuffer || module === null) return portableKernel(memoryBuffer(memory));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernel;
}
