'use strict';

// The door to the core through the Node-API addon beside this file; a policy with an edge layer has an
// addon of its own. A bundler keeps each `require` and copies the addons: esbuild --loader:.node=copy.

const { makeDoor } = require('./edge.js');
const addon = require('./portcullis.node');

function loadEdge() {
  const { create, verifySignature, ...checker } = require('./portcullis-edge.node');
  return { create, verifySignature, createChecker: () => checker };
}

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = makeDoor({
  implementation: 'native',
  create: addon.create,
  verifySignature: addon.verifySignature,
  loadEdge,
});

module.exports = {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
};
