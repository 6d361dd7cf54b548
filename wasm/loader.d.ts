// For hosts that have a compiled module but no files: makes the engine that edge.js works with.

/** Judges with the functions of one module instance. */
export interface Engine {
  readonly implementation: 'wasm';
  /** @returns the functions, or `<path>\n<what was expected>` for a policy that cannot be used */
  create(policy: Uint8Array): object | string;
}

/** @param module portcullis.wasm, compiled (a `WebAssembly.Module`) */
export function createEngine(module: object): Engine;
