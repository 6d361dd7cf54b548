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
const functions = Array.from(list.matchAll(/^\w+$/gm), String);
const byLinker = Array.from(list.matchAll(/^# linker: (\w+)$/gm), (match) => match[1]);

for (const { name, compiled } of forms) {
  test(`${name} exports what exports.txt lists, and nothing else`, () => {
    assert.ok(functions.length >= 9);
    const exported = WebAssembly.Module.exports(compiled).map((each) => each.name);
    assert.deepEqual(exported.sort(), [...functions, ...byLinker].sort());
  });

  test(`${name} imports one function of the host, or nothing`, () => {
    const one = { module: 'portcullis', name: 'host_crypto', kind: 'function' };
    assert.deepEqual(WebAssembly.Module.imports(compiled), name === 'host' ? [one] : []);
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

test('exports.txt lists the functions of c_api.h', () => {
  const header = readFileSync(join(__dirname, '../../core/include/portcullis/c_api.h'), 'utf8');
  const declared = Array.from(header.matchAll(/^[\w*]+ (portcullis_\w+)\(/gm), (match) => match[1]);
  assert.ok(declared.length >= 9);
  // One instance per verifier: freeing it is freeing the instance. The reason table is in texts.js.
  const left = ['destroy_verifier', 'count_reasons', 'write_reason'];
  const expected = declared.filter((name) => !left.includes(name.replace('portcullis_', '')));
  assert.deepEqual(expected.filter((name) => !functions.includes(name)), []);
});

test('loader.js calls only what is listed', () => {
  const source = readFileSync(join(folder, 'loader.js'), 'utf8');
  const called = new Set(Array.from(source.matchAll(/abi\.(\w+)/g), (match) => match[1]));
  assert.ok(called.size >= 9);
  for (const name of called) assert.ok([...functions, ...byLinker].includes(name), name);
});

test('loader.js and host_crypto.js need nothing of Node', () => {
  const source = ['loader.js', 'host_crypto.js']
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('')
    .replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
    .replace(/require\('\.\/(host_crypto|texts)\.js'\)/g, '');
  assert.doesNotMatch(source, /\brequire\(|\bprocess\b|\bBuffer\b|\bglobal\b|__dirname/);
});
