// The door to the core for Workers, which get their modules compiled. Nothing is asked of the host.
// The module judges every policy.

import module from './portcullis-self-contained-edge.wasm';
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
