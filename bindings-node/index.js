'use strict';

// The addon where it loads, else the WASM module, which decides the same.

const { door: native, reason: fallbackReason } = require('./addon.js');

function loadWasm() {
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
} = native ?? loadWasm();

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
