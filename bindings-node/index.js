'use strict';

// The addon where it loads, else the WASM module, which decides the same.

let door;
let fallbackReason;
try {
  door = require('./native.js');
} catch (error) {
  fallbackReason = String(error?.message ?? error);
  door = require('../wasm/index.js');
}

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
  fallbackReason,
};
