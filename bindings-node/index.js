'use strict';

// The addon where it loads, else the WASM module, which decides the same.

let fallbackReason;

function loadDoor() {
  try {
    return require('./native.js');
  } catch (error) {
    fallbackReason = String(error?.message ?? error);
  }
  try {
    return require('../wasm/index.js');
  } catch (cause) {
    throw new Error(`${fallbackReason}; WASM module: ${cause?.message ?? cause}`, { cause });
  }
}

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = loadDoor();

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
