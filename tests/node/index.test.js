'use strict';

// The package as its users name it, by CommonJS and by ES modules.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { now, makePolicy, goodToken } = require('./shared/tokens.js');

const doors = {
  'portcullis': 'native',
  'portcullis/native': 'native',
  'portcullis/wasm': 'wasm',
  'portcullis/wasm-self-contained': 'wasm',
  'portcullis/wasm-inline': 'wasm',
};
const names = [
  'PolicyError',
  'Verifier',
  'checkResponse',
  'createHandler',
  'implementation',
  'verifySignature',
  'version',
];

for (const [name, implementation] of Object.entries(doors)) {
  const expected = name === 'portcullis' ? [...names, 'fallbackReason'].sort() : names;

  test(`require('${name}')`, () => {
    const door = require(name);
    assert.deepEqual(Object.keys(door).sort(), expected);
    assert.equal(door.implementation, implementation);
    assert.equal(new door.Verifier(makePolicy()).verifyToken(goodToken, now).reason, 'ok');
  });

  test(`import { … } from '${name}'`, async () => {
    const door = await import(name);
    for (const member of expected) assert.ok(Object.hasOwn(door, member), member);
    assert.equal(door.implementation, implementation);
    assert.equal(new door.Verifier(makePolicy()).verifyToken(goodToken, now).reason, 'ok');
  });
}

test('the doors of one process share PolicyError', () => {
  assert.equal(require('portcullis/wasm').PolicyError, require('portcullis/native').PolicyError);
});

test('the addon loaded, so that there is no fallback reason', () => {
  assert.equal(require('portcullis').fallbackReason, undefined);
});
