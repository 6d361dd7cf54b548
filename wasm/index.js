'use strict';

// The door to the core through the WASM module, for Node. The module is read from the folder of this
// file, or of the bundle that this file has become part of: copy portcullis.wasm there, and for a policy
// with an edge layer portcullis-edge.wasm.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { makeDoor } = require('../bindings-node/edge.js');
const { createEngine } = require('./loader.js');

// Synchronous: for a module this small it is faster than compile() or compileStreaming().
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
  createEngine(compile('portcullis.wasm'), {
    loadCrypto: () => require('node:crypto'),
    loadEdgeModule: () => compile('portcullis-edge.wasm'),
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
