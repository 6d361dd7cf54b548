// The door to the core for Workers, which get their modules compiled. Public-key signatures are verified by the
// host: the Worker needs the flag nodejs_compat.
// The module judges every policy.

import * as crypto from 'node:crypto';
import module from './portcullis-edge.wasm';
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
} = edge.makeDoor(loader.createEngine(module, { loadCrypto: () => crypto }));
export const fallbackReason = 'portcullis: addons are for Node';
