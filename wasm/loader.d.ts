// For hosts that have a compiled module but no files: makes the engine that edge.js works with.

/** Judges with the functions of one module instance. */
export interface Engine {
  readonly implementation: 'wasm';
  /** @returns the functions, or `<path>\n<what was expected>` for a policy that cannot be used */
  create(policy: Uint8Array): object | string;
  /** @returns 1 valid, 0 invalid, or `<path>\n<what was expected>` */
  verifySignature(
    algorithm: Uint8Array,
    jwk: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
  ): number | string;
}

/**
 * @param module portcullis.wasm, compiled (a `WebAssembly.Module`)
 * @param host `loadCrypto` gives `node:crypto`; without it portcullis.wasm takes secrets for
 *     HS256 only
 */
export function createEngine(module: object, host?: { loadCrypto?: () => object }): Engine;
