'use strict';

// The module's ABI against its reviewed list.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');

const folder = join(__dirname, '../../wasm');
const compiled = new WebAssembly.Module(readFileSync(join(folder, 'portcullis.wasm')));
const list = readFileSync(join(folder, 'exports.txt'), 'utf8');
const functions = Array.from(list.matchAll(/^\w+$/gm), String);
const byLinker = Array.from(list.matchAll(/^# linker: (\w+)$/gm), (match) => match[1]);

test('exports what exports.txt lists, and nothing else', () => {
  assert.ok(functions.length >= 9);
  const exported = WebAssembly.Module.exports(compiled).map(({ name }) => name);
  assert.deepEqual(exported.sort(), [...functions, ...byLinker].sort());
});

test('imports nothing', () => {
  assert.deepEqual(WebAssembly.Module.imports(compiled), []);
});

test('exports.txt lists the functions of c_api.h', () => {
  const header = readFileSync(join(__dirname, '../../core/include/portcullis/c_api.h'), 'utf8');
  const declared = Array.from(header.matchAll(/^[\w*]+ (portcullis_\w+)\(/gm), (match) => match[1]);
  assert.ok(declared.length >= 9);
  // One instance per verifier: freeing it is freeing the instance.
  const expected = declared.filter((name) => name !== 'portcullis_destroy_verifier');
  assert.deepEqual(expected.filter((name) => !functions.includes(name)), []);
});

test('loader.js calls only what is listed', () => {
  const source = readFileSync(join(folder, 'loader.js'), 'utf8');
  const called = new Set(Array.from(source.matchAll(/abi\.(\w+)/g), (match) => match[1]));
  assert.ok(called.size >= 9);
  for (const name of called) assert.ok([...functions, ...byLinker].includes(name), name);
});

test('loader.js needs nothing of Node', () => {
  const source = readFileSync(join(folder, 'loader.js'), 'utf8');
  assert.doesNotMatch(source, /\brequire\(|\bprocess\b|\bBuffer\b|\bglobal\b|__dirname/);
});
