'use strict';

// The door to the core through the self-contained WASM module, which needs no cryptographic library of
// its host. portcullis-self-contained.wasm is read from the folder of this file, or of the bundle that
// this file has become part of: copy it there, and for a policy with an edge layer
// portcullis-self-contained-edge.wasm.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { makeDoor } = require('../bindings-node/edge.js');
const { createEngine } = require('./loader.js');

const compile = (file) => new WebAssembly.Module(readFileSync(join(__dirname, file)));

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = makeDoor(
  createEngine(compile('portcullis-self-contained.wasm'), {
    loadEdgeModule: () => compile('portcullis-self-contained-edge.wasm'),
  }),
);

module.exports = {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
};
