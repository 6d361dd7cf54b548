'use strict';

// The addon below native.js: what it does with calls that native.js never makes, and its memory.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const addon = require('../../bindings-node/portcullis.node');
const { now, makePolicy, goodToken, sign, makeClaims } = require('./shared/tokens.js');
const { readReasons } = require('./shared/reason_tests.js');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const nextTurn = () => new Promise((resolve) => { setImmediate(resolve); });

const policy = Buffer.from(JSON.stringify(makePolicy()));
const code = (name) => readReasons().findIndex((row) => row.name === name);

test('arguments of another type fail closed', () => {
  const instance = addon.create(policy);
  const failed = code('internal_error');
  for (const args of [[], [goodToken], [undefined, now], [now, now], [{}, now], [goodToken, '5'], [goodToken, null]]) {
    assert.equal(instance.verifyAuthorization(...args), failed);
    assert.equal(instance.verifyToken(...args), failed);
  }
  for (const args of [[], [0], ['0', now], [0, '5'], [5, now], [-1, now]]) {
    assert.equal(instance.verifyShape(...args), failed);
  }
  for (const wrong of [NaN, Infinity, -Infinity, 1e300]) {
    assert.equal(instance.verifyAuthorization(`Bearer ${goodToken}`, wrong), failed);
    assert.equal(instance.verifyToken(goodToken, wrong), failed);
    assert.equal(instance.verifyShape(0, wrong), failed);
  }
  for (const args of [[], [undefined], [now], [null], [{}]]) assert.equal(instance.verifyNow(...args), failed);
  assert.equal(instance.verifyNow(''), code('credential_malformed'));
  assert.equal(instance.verifyNow('Bearer x'), instance.verifyAuthorization('Bearer x', now));
  assert.equal(instance.verifyNow(`Bearer ${goodToken}`), `Bearer ${goodToken}`); // itself: allowed
  // "single" without a value is an empty value.
  assert.equal(instance.verifyShape(1, now), code('credential_malformed'));
  for (const wrong of [undefined, null, 7, {}, '', 'x', 'a.b.c', 'Bearer ']) {
    assert.equal(instance.requestClaims(wrong), undefined);
  }
  for (const wrong of [undefined, null, 7, {}, '', 'x', '..']) {
    assert.equal(instance.tokenClaims(wrong), undefined);
  }
  for (const wrong of [undefined, null, '1', {}]) assert.equal(instance.respond(wrong), undefined);
});

test('create takes bytes', () => {
  for (const args of [[], [null], [policy.toString()], [{}], [[]], [new ArrayBuffer(8)], [policy, 1]]) {
    assert.throws(() => addon.create(...args), TypeError);
  }
  assert.equal(typeof addon.create(new Uint8Array(0)), 'string');
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  assert.equal(typeof addon.create(detached), 'string');
});

test('one function alone keeps its verifier', async () => {
  const take = (name) => addon.create(policy)[name];
  const [verifyToken, verifyNow, respond, tokenClaims] = ['verifyToken', 'verifyNow', 'respond', 'tokenClaims'].map(take);
  for (let i = 0; i < 5; ++i) {
    collect();
    await nextTurn();
    addon.create(policy);
  }
  assert.equal(verifyToken(goodToken, now), 0);
  assert.equal(verifyNow(`Bearer ${goodToken}`), `Bearer ${goodToken}`);
  assert.equal(JSON.parse(respond(code('expired'))).status, '401');
  assert.deepEqual(JSON.parse(tokenClaims(goodToken)), makeClaims());
});

test('verifiers are freed', async () => {
  // A policy of some 60 KB, so that what is kept by mistake shows.
  const large = Buffer.from(JSON.stringify(makePolicy({
    keys: Array.from({ length: 250 }, (_, i) => ({ secret: `${i}`.padEnd(200, 's'), encoding: 'utf8', kid: `${i}` })),
  })));
  const make = async (count) => {
    for (let i = 0; i < count; ++i) {
      assert.equal(typeof addon.create(large), 'object');
      if (i % 50 === 0) {
        collect();
        await nextTurn();
      }
    }
    collect();
    await nextTurn();
    return process.memoryUsage().rss;
  };
  const before = await make(300);
  const after = await make(3000);
  assert.ok(after - before < 40e6, `grew by ${after - before} bytes`);
});

test('decisions take no memory', () => {
  const instance = addon.create(policy);
  const denied = sign(makeClaims({ exp: 1 }));
  const run = (count) => {
    for (let i = 0; i < count; ++i) {
      instance.verifyAuthorization(`Bearer ${goodToken}`, now);
      instance.verifyToken(denied, now);
      instance.respond(13);
      instance.tokenClaims(goodToken);
    }
    collect();
    return process.memoryUsage().rss;
  };
  const before = run(20_000);
  const after = run(100_000);
  assert.ok(after - before < 20e6, `grew by ${after - before} bytes`);
});
