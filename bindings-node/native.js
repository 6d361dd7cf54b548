'use strict';

// The door to the core through the Node-API addon; an error that names each place it was looked for in.

const { door, reason } = require('./addon.js');

if (door === undefined) throw new Error(reason);

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = door;

module.exports = {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
};
