'use strict';

// The module's ABI against its reviewed list.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { createEngine } = require('../../wasm/loader.js');
const { makeDoor } = require('../../bindings-node/edge.js');
const { makePolicy } = require('../node/shared/tokens.js');
const { folder, forms } = require('./forms.js');

const list = readFileSync(join(folder, 'exports.txt'), 'utf8');
const edgeList = readFileSync(join(folder, 'exports_edge.txt'), 'utf8');
const functionsOf = (text) => Array.from(text.matchAll(/^\w+$/gm), String);
const functions = functionsOf(list);
const edgeFunctions = functionsOf(edgeList);
const byLinker = Array.from(list.matchAll(/^# linker: (\w+)$/gm), (match) => match[1]);

for (const { name, compiled, edge, host } of forms) {
  test(`${name} exports what is listed, and nothing else`, () => {
    assert.ok(functions.length >= 9);
    assert.ok(edgeFunctions.length >= 9);
    const exported = WebAssembly.Module.exports(compiled).map((each) => each.name);
    const listed = [...functions, ...(edge ? edgeFunctions : []), ...byLinker];
    assert.deepEqual(exported.sort(), listed.sort());
  });

  test(`${name} imports one function of the host, or nothing`, () => {
    const one = { module: 'portcullis', name: 'host_crypto', kind: 'function' };
    assert.deepEqual(WebAssembly.Module.imports(compiled), host.loadCrypto ? [one] : []);
  });
}

test('without a library of its host the host form takes secrets for HS256, and nothing else', () => {
  const { Verifier, PolicyError } = makeDoor(createEngine(forms[0].compiled));
  assert.ok(new Verifier(makePolicy()));
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  const secret = { secret: 's'.repeat(64), encoding: 'utf8' };
  for (const [algorithm, key, path] of [
    ['EdDSA', publicKey, '$.keys[0]'],
    ['HS384', secret, '$.keys[0].secret'],
    ['HS512', secret, '$.keys[0].secret'],
  ]) {
    const policy = makePolicy({ algorithms: [algorithm], keys: [key] });
    assert.throws(() => new Verifier(policy), (error) => {
      assert.ok(error instanceof PolicyError);
      assert.equal(error.path, path);
      assert.match(error.expected, /node:crypto/);
      return true;
    });
  }
});

/** The functions that a header of the C door declares. */
function declaredIn(name) {
  const header = readFileSync(join(__dirname, '../../core/include/portcullis', name), 'utf8');
  const declared = Array.from(header.matchAll(/^[\w*]+ (portcullis_\w+)\(/gm), (match) => match[1]);
  assert.ok(declared.length >= 9);
  return declared;
}

test('exports_edge.txt lists the functions of edge_api.h', () => {
  // To write an event again is for other languages, and for the pass-through module: here events are objects.
  const expected = declaredIn('edge_api.h').filter((name) => name !== 'portcullis_write_event');
  assert.deepEqual(expected.sort(), [...edgeFunctions].sort());
});

test('exports.txt lists the functions of c_api.h', () => {
  const declared = declaredIn('c_api.h');
  // One instance per verifier: freeing it is freeing the instance. The reason table is in texts.js.
  const left = ['destroy_verifier', 'count_reasons', 'write_reason'];
  const expected = declared.filter((name) => !left.includes(name.replace('portcullis_', '')));
  assert.deepEqual(expected.filter((name) => !functions.includes(name)), []);
});

test('the loader calls what is listed, all of it and nothing else', () => {
  const callsOf = (file) =>
    Array.from(readFileSync(join(folder, file), 'utf8').matchAll(/abi\.(\w+)/g), (match) => match[1]);
  const called = new Set([...callsOf('loader.js'), ...callsOf('edge_instance.js')]);
  assert.deepEqual([...called].sort(), [...functions, ...edgeFunctions, ...byLinker].sort());
});

test('the loader, and what edge.js and it need of each other, need nothing of Node', () => {
  const files = [
    ...['loader.js', 'host_crypto.js', 'edge_instance.js'].map((file) => join(folder, file)),
    ...['edge.js', 'edge_layer.js'].map((file) => join(folder, '../bindings-node', file)),
  ];
  const source = files
    .map((file) => readFileSync(file, 'utf8'))
    .join('')
    .replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
    .replace(/require\('\.\/(host_crypto|texts|edge_texts|edge_instance|edge_layer)\.js'\)/g, '');
  assert.doesNotMatch(source, /\brequire\(|\bprocess\b|\bBuffer\b|\bglobal\b|__dirname/);
});
