'use strict';

// The door to the core through the WASM module, for Node. The module is read from the folder of this
// file, or of the bundle that this file has become part of: copy portcullis.wasm there.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { makeDoor } = require('../bindings-node/edge.js');
const { createEngine } = require('./loader.js');

// Synchronous: for a module this small it is faster than compile() or compileStreaming().
const compiled = new WebAssembly.Module(readFileSync(join(__dirname, 'portcullis.wasm')));

const { Verifier, PolicyError, createHandler, verifySignature, version, implementation } = makeDoor(
  createEngine(compiled, { loadCrypto: () => require('node:crypto') }),
);

module.exports = { Verifier, PolicyError, createHandler, verifySignature, version, implementation };
