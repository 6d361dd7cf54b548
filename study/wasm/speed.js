'use strict';

// The door of the contender wasm-simd, for the decision vectors.

module.exports = require('./door.js')('wasm-simd');
