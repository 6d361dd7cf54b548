/**
 * The Node-API addon. Fails to load where the addon does.
 * @module portcullis/native
 */
export * from './edge.js';
/** Which engine decides. */
export declare const implementation: 'native';
