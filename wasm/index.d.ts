/**
 * The WASM module, for Node. `portcullis.wasm` is read, synchronously, from the folder of this file or
 * of the bundle that it is part of.
 * @module portcullis/wasm
 */
export * from '../bindings-node/edge.js';
/** Which engine decides. */
export declare const implementation: 'wasm';
