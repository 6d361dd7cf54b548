// 'portcullis/wasm': the WASM module, for Node. `portcullis.wasm` is read, synchronously, from the
// folder of this file or of the bundle that it is part of.
export * from '../bindings-node/edge.js';
export declare const implementation: 'wasm';
