'use strict';

// The forms of the WASM module, one row each. Tests of this folder go through all of them.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createEngine } = require('../../wasm/loader.js');
const { makeDoor } = require('../../bindings-node/edge.js');

const folder = join(__dirname, '../../wasm');
const loadCrypto = () => require('node:crypto');

const forms = [
  { name: 'host', file: 'portcullis.wasm', entry: 'index.js', host: { loadCrypto } },
  {
    name: 'self-contained',
    file: 'portcullis-self-contained.wasm',
    entry: 'self_contained.js',
    host: {},
  },
  { name: 'openssl', file: 'portcullis-openssl.wasm', entry: 'openssl.js', host: {} },
].map((form) => {
  const bytes = readFileSync(join(folder, form.file));
  const compiled = new WebAssembly.Module(bytes);
  const engine = createEngine(compiled, form.host);
  return {
    ...form,
    bytes,
    compiled,
    engine,
    path: join(folder, form.entry),
    door: makeDoor(engine),
  };
});

module.exports = { folder, forms };
