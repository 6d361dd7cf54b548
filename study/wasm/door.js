'use strict';

// The door to a module that prepare.py has made for a contender.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { makeDoor } = require('../../bindings-node/edge.js');
const { createEngine } = require('../../wasm/loader.js');

module.exports = (contender) => {
  const file = join(__dirname, '../../build/study-prepared', contender, 'portcullis.wasm');
  return makeDoor(createEngine(new WebAssembly.Module(readFileSync(file)), { loadCrypto: () => require('node:crypto') }));
};
