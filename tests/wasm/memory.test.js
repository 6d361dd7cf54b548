'use strict';

// The module's memory: fixed, not eaten up by decisions, and lost with a verifier that trapped.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { test } = require('node:test');
const { createEngine } = require('../../wasm/loader.js');
const { now, secret, sign, makeClaims, makePolicy, makeEvent, goodToken } = require('../node/shared/tokens.js');
const { forms } = require('./forms.js');

const [{ compiled, door: { Verifier, createHandler } }] = forms;

/** What `make` makes, and the memory of the instance that it is made of. */
function withMemory(make) {
  const { Instance } = WebAssembly;
  let memory;
  WebAssembly.Instance = class extends Instance {
    constructor(...rest) {
      super(...rest);
      memory = this.exports.memory;
    }
  };
  try {
    const made = make();
    return { made, memory };
  } finally {
    WebAssembly.Instance = Instance;
  }
}

test('200,000 decisions, with claims and responses, fit the memory of the first', () => {
  // The engine itself: a door would remember the responses.
  const policy = Buffer.from(JSON.stringify(makePolicy()));
  const { made: instance, memory } = withMemory(() => createEngine(compiled).create(policy));
  const size = memory.buffer.byteLength;
  const expired = sign(makeClaims({ exp: 1 }));
  const large = sign(makeClaims({ filling: 'x'.repeat(11_000) }));
  for (let i = 0; i < 200_000; ++i) {
    const code = instance.verifyToken(i % 2 === 0 ? goodToken : expired, now);
    if (i % 2 === 0) {
      assert.equal(code, 0);
      if (i % 10 === 0) assert.ok(instance.tokenClaims(goodToken).includes('"u"'));
    } else {
      assert.notEqual(code, 0);
      if (i % 5 === 0) assert.ok(instance.respond(code).includes('401'));
    }
    if (i % 1000 === 0) {
      assert.equal(instance.verifyAuthorization(`Bearer ${large}`, now), 0);
      assert.ok(instance.requestClaims(`Bearer ${large}`).length > 11_000);
    }
  }
  assert.equal(memory.buffer.byteLength, size);
});

test('the memory cannot grow', () => {
  const { memory } = withMemory(() => new Verifier(makePolicy()));
  assert.throws(() => memory.grow(1), RangeError);
});

for (const { name, door } of forms) {
  test(`the largest policies fit, ${name}`, () => {
    const keys = (count) => Array.from({ length: count }, (_, i) => ({
      secret: `${i}`.padStart(64, '0'), encoding: 'utf8', kid: `${i}`,
    }));
    const { publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
    const publicKeys = Array.from({ length: 1000 }, (_, i) => ({
      ...publicKey.export({ format: 'jwk' }), kid: `${i}`,
    }));
    const names = Array.from({ length: 256 }, (_, i) => `${i}`.padEnd(450, 'n'));
    const lists = { any_of: names, all_of: names };
    const good = { secret, encoding: 'utf8', kid: 'good', alg: 'HS256' };
    const policies = [
      makePolicy({ algorithms: ['HS256', 'HS384', 'HS512'], keys: [good, ...keys(999)] }),
      makePolicy({ algorithms: ['RS256'], keys: { keys: publicKeys } }),
      makePolicy({
        audience: [...names, 'https://api.example'].slice(1),
        require: { scope: lists, permissions: { any_of: names } },
      }),
    ];
    for (const policy of policies) {
      const text = JSON.stringify(policy);
      assert.ok(text.length > 100_000 && text.length <= 524_288, `${text.length}`);
      assert.ok(new door.Verifier(text.padEnd(524_288)));
    }
    const rate = { requests: 1, seconds: 1 };
    const edge = {
      rate_limit: { address: rate, subject: rate, entries: 65_536 },
      token_cache: { entries: 4096 },
    };
    const route = (_, i) => ({ path: `/${i}${'/s'.repeat(7)}`, require: { roles: { all_of: ['a'] } } });
    const routes = Array.from({ length: 1000 }, route);
    for (const policy of [...policies, makePolicy({ routes })]) {
      assert.ok(new door.Verifier(JSON.stringify({ ...policy, ...edge }).padEnd(524_288)));
    }
    const token = sign(makeClaims(), { alg: 'HS256', kid: 'good' });
    assert.equal(new door.Verifier(policies[0]).verifyToken(token, now).reason, 'ok');
  });

  test(`20,000 public-key signatures leave no memory behind, ${name}`, () => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicExponent: 3,
    });
    const keys = [publicKey.export({ format: 'jwk' })];
    const verifier = new door.Verifier(makePolicy({ algorithms: ['RS256'], keys }));
    const head = Buffer.from('{"alg":"RS256"}').toString('base64url');
    const body = Buffer.from(JSON.stringify(makeClaims())).toString('base64url');
    const signature = crypto.sign('sha256', Buffer.from(`${head}.${body}`), privateKey);
    const token = `${head}.${body}.${signature.toString('base64url')}`;
    for (let i = 0; i < 20_000; ++i) assert.equal(verifier.verifyToken(token, now).reason, 'ok');
  });
}

test('the policy text does not stay in memory', () => {
  const mark = 'a mark that is in the policy only as it is written';
  const { memory } = withMemory(() => new Verifier({ ...makePolicy(), $schema: mark }));
  const text = JSON.stringify({ $schema: mark }).slice(1, -1);
  assert.ok(!Buffer.from(memory.buffer).includes(text));
});

test('an instance that traps denies for ever, the others go on', async () => {
  const first = withMemory(() => new Verifier(makePolicy()));
  const handler = withMemory(() => createHandler(makePolicy()));
  const other = new Verifier(makePolicy());
  const event = makeEvent(`Bearer ${goodToken}`);
  const answer = () => handler.made(event);
  assert.equal(first.made.verifyToken(goodToken, now).reason, 'ok');
  const allowedBefore = first.made.verifyToken(goodToken, now);

  const bytes = new Uint8Array(first.memory.buffer);
  const handlerBytes = new Uint8Array(handler.memory.buffer);
  const [saved, handlerSaved] = [bytes.slice(), handlerBytes.slice()];
  // Every address that the module finds in its memory now points outside of it. What is below are its
  // constants, without which it would refuse the token before it looks for anything.
  const constants = 16_384;
  bytes.fill(0xff, constants);
  handlerBytes.fill(0xff, constants);

  const denied = first.made.verifyToken(goodToken, now);
  assert.equal(denied.reason, 'internal_error');
  assert.equal(denied.response.status, '500');
  assert.equal((await answer()).status, '500');
  assert.throws(() => allowedBefore.claims, /failed before/);

  bytes.set(saved);
  handlerBytes.set(handlerSaved);
  for (const token of [goodToken, 'x', undefined]) {
    const decision = first.made.verifyToken(token, now);
    assert.equal(decision.reason, 'internal_error');
    assert.equal(decision.response.status, '500');
  }
  assert.equal(first.made.verify(event, now).reason, 'internal_error');
  assert.equal((await answer()).status, '500');

  assert.equal(other.verifyToken(goodToken, now).reason, 'ok');
  assert.equal(new Verifier(makePolicy()).verifyToken(goodToken, now).reason, 'ok');
});

test('verifiers are freed', () => {
  // Each has a memory of its own; an address space full of them would end the process.
  for (let i = 0; i < 3000; ++i) {
    assert.equal(new Verifier(makePolicy()).verifyToken(goodToken, now).reason, 'ok');
  }
});
