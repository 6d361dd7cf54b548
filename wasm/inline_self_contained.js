'use strict';

// The door to the core for any host that may compile WebAssembly: browsers, and whatever nothing better is
// known of. The module is text inside of a script that `./dev build` makes; it needs no cryptographic library
// of its host, and judges every policy.

const { makeDoor } = require('../bindings-node/edge.js');
const { createEngine } = require('./loader.js');

const bytes = Uint8Array.from(atob(require('./portcullis-self-contained-edge.wasm.js')), (character) =>
  character.charCodeAt(0),
);

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = makeDoor(createEngine(new WebAssembly.Module(bytes)));

module.exports = {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
  fallbackReason: 'portcullis: addons are for Node',
};
