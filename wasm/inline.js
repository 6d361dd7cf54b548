'use strict';

// The door to the core through the WASM module, for Node: the module is text inside of a script that
// `./dev build` makes, so that a bundle is one file.

const { makeDoor } = require('../bindings-node/edge.js');
const { createEngine } = require('./loader.js');

const compile = (text) => new WebAssembly.Module(Buffer.from(text, 'base64'));

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = makeDoor(
  createEngine(compile(require('./portcullis.wasm.js')), {
    // A bundle that is an ES module has no `require`; Node 20.16 and newer do without.
    loadCrypto: () => process.getBuiltinModule?.('node:crypto') ?? require('node:crypto'),
    loadEdgeModule: () => compile(require('./portcullis-edge.wasm.js')),
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
