'use strict';

// The door to the core through the WASM module with the whole of libcrypto. Not part of the package:
// it is what the other two forms are compared with, in tests and in the study.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { makeDoor } = require('../bindings-node/edge.js');
const { createEngine } = require('./loader.js');

const compiled = new WebAssembly.Module(readFileSync(join(__dirname, 'portcullis-openssl.wasm')));

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
