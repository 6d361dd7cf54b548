'use strict';

// The door to the core through the Node-API addon beside this file. A bundler keeps the `require` and
// copies the addon: esbuild --loader:.node=copy.

const { makeDoor } = require('./edge.js');
const addon = require('./portcullis.node');

const { Verifier, PolicyError, createHandler, verifySignature, version, implementation } = makeDoor({
  implementation: 'native',
  create: addon.create,
  verifySignature: addon.verifySignature,
});

module.exports = { Verifier, PolicyError, createHandler, verifySignature, version, implementation };
