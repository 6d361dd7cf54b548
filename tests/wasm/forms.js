'use strict';

// The forms of the WASM module, one row each. Tests of this folder go through all of them.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createEngine } = require('../../wasm/loader.js');
const { makeDoor } = require('../../bindings-node/edge.js');

const folder = join(__dirname, '../../wasm');
const loadCrypto = () => require('node:crypto');
const compile = (file) => new WebAssembly.Module(readFileSync(join(folder, file)));
const loadEdgeModule = () => compile('portcullis-edge.wasm');

// `edge`: has the edge layer. `entry`: the file of the package that is the door of this form alone.
const forms = [
  {
    name: 'host',
    file: 'portcullis.wasm',
    entry: 'index.js',
    edge: false,
    host: { loadCrypto, loadEdgeModule },
  },
  { name: 'edge', file: 'portcullis-edge.wasm', edge: true, host: { loadCrypto } },
  {
    name: 'self-contained',
    file: 'portcullis-self-contained.wasm',
    entry: 'self_contained.js',
    edge: false,
    host: { loadEdgeModule: () => compile('portcullis-self-contained-edge.wasm') },
  },
  {
    name: 'self-contained-edge',
    file: 'portcullis-self-contained-edge.wasm',
    edge: true,
    host: {},
  },
  { name: 'openssl', file: 'portcullis-openssl.wasm', entry: 'openssl.js', edge: true, host: {} },
].map((form) => {
  const bytes = readFileSync(join(folder, form.file));
  const compiled = compile(form.file);
  const engine = createEngine(compiled, form.host);
  return {
    ...form,
    bytes,
    compiled,
    engine,
    path: form.entry && join(folder, form.entry),
    door: makeDoor(engine),
  };
});

/** The doors as files of the package: what a thread or a process of its own can load. */
const paths = forms.map(({ path }) => path).filter((path) => path !== undefined);

module.exports = { folder, forms, paths };
