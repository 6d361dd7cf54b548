'use strict';

// The door to the core through the self-contained WASM module, which needs no cryptographic library of
// its host. portcullis-self-contained.wasm is read from the folder of this file, or of the bundle that
// this file has become part of: copy it there.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { makeDoor } = require('../bindings-node/edge.js');
const { createEngine } = require('./loader.js');

const compiled = new WebAssembly.Module(
  readFileSync(join(__dirname, 'portcullis-self-contained.wasm')),
);

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = makeDoor(createEngine(compiled));

module.exports = {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
};
