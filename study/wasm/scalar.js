'use strict';

// The door of the contender wasm-scalar, for the decision vectors.

module.exports = require('./door.js')('wasm-scalar');
