// The door to the core for edge functions that import a compiled module by `?module`. Nothing is asked of the
// host, which has no synchronous node:crypto.
// The module judges every policy.

import module from './portcullis-self-contained-edge.wasm?module';
import edge from '../bindings-node/edge.js';
import loader from './loader.js';

export const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = edge.makeDoor(loader.createEngine(module));
export const fallbackReason = 'portcullis: addons are for Node';
