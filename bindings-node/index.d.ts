/**
 * The Node-API addon where it loads, else the WASM module.
 * @module portcullis
 */
export * from './edge.js';

/** Why the addon did not load; undefined when it did. */
export declare const fallbackReason: string | undefined;
