'use strict';

// What edge.js does when the engine below it fails. The engines here are made for the purpose.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { makeDoor } = require('../../bindings-node/edge.js');
const native = require('../../bindings-node/native.js');
const { now, makePolicy, makeEvent, goodToken } = require('./shared/tokens.js');

const fail = () => { throw new Error('the engine failed'); };
const broken = {
  verifyAuthorization: fail,
  verifyToken: fail,
  verifyShape: fail,
  respond: fail,
  requestClaims: fail,
  tokenClaims: fail,
  reasons: fail,
};
const makeBroken = (more) => makeDoor({ implementation: 'native', create: () => ({ ...broken, ...more }) });

test('an engine that throws denies with internal_error', async () => {
  const { Verifier, createHandler } = makeBroken();
  const verifier = new Verifier(makePolicy());
  for (const decision of [
    verifier.verifyToken(goodToken, now),
    verifier.verifyToken(undefined, now),
    verifier.verify(makeEvent(`Bearer ${goodToken}`), now),
    verifier.verify({}, now),
  ]) {
    assert.equal(decision.kind, 'deny');
    assert.equal(decision.reason, 'internal_error');
    assert.equal(decision.status, 500);
    assert.equal(decision.response.status, '500');
    assert.equal(decision.claims, undefined);
  }
  const answer = await createHandler(makePolicy())(makeEvent(`Bearer ${goodToken}`));
  assert.equal(answer.status, '500');
});

test('the response kept for a failed engine is the one that the core renders', async () => {
  const kept = await makeBroken().createHandler(makePolicy())({});
  assert.deepEqual(kept, await native.createHandler(makePolicy())({}));
  assert.notEqual(kept, await makeBroken().createHandler(makePolicy())({}));
});

test('codes that are none deny', async () => {
  for (const code of [-1, 21, 1e9, NaN, undefined, null, '0', true, false, {}, 0.5]) {
    const { Verifier, createHandler } = makeBroken({ verifyAuthorization: () => code, verifyToken: () => code });
    const decision = new Verifier(makePolicy()).verifyToken(goodToken, now);
    assert.equal(decision.allowed, false);
    assert.equal(decision.reason, 'internal_error');
    assert.equal(decision.response.status, '500');
    const event = makeEvent(`Bearer ${goodToken}`);
    assert.equal((await createHandler(makePolicy())(event)).status, '500');
  }
});

test('an engine that cannot render a response still denies', async () => {
  for (const text of [undefined, '', '{', 'null']) {
    const { createHandler } = makeBroken({ verifyAuthorization: () => 13, respond: () => text });
    const answer = await createHandler(makePolicy())(makeEvent(`Bearer ${goodToken}`));
    assert.equal(answer.status, '500');
  }
});

test('claims that cannot be read are an error, not "no claims"', () => {
  const { Verifier } = makeBroken({ verifyToken: () => 0, verifyAuthorization: () => 0 });
  const verifier = new Verifier(makePolicy());
  assert.throws(() => verifier.verifyToken(goodToken, now).claims, /the engine failed/);
  assert.throws(() => verifier.verify(makeEvent('Bearer x'), now).claims, /the engine failed/);
});

test('an engine that fails to start is not a bad policy', () => {
  const { Verifier, PolicyError } = makeDoor({ implementation: 'native', create: fail });
  assert.throws(
    () => new Verifier(makePolicy()),
    (error) => !(error instanceof PolicyError) && error.message === 'the engine failed',
  );
});

test('the version is that of the project', () => {
  const root = join(__dirname, '../..');
  const line = /^project\(portcullis VERSION (\S+)/m.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));
  assert.equal(native.version, line[1]);
  assert.equal(require('../../package.json').version, line[1]);
});
