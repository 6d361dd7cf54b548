/**
 * For hosts that have a compiled module but no files: makes the engine that edge.js works with.
 * @module portcullis/loader
 */

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
  /** The engine with the edge layer, where this one's module has it not. */
  readonly loadEdge?: (() => Engine) | undefined;
  /** What responses are checked with; throws where the module has no edge layer. */
  createChecker(): object;
}

/**
 * Makes an engine of a compiled module.
 * @param module portcullis.wasm, or portcullis-edge.wasm for a policy with an edge layer, compiled (a
 *     `WebAssembly.Module`)
 * @param host `loadCrypto` gives `node:crypto`; without it these two take secrets for HS256 only.
 *     `loadEdgeModule` gives portcullis-edge.wasm, compiled, when a policy needs it and `module` has no
 *     edge layer
 */
export function createEngine(
  module: object,
  host?: { loadCrypto?: () => object; loadEdgeModule?: () => object },
): Engine;
