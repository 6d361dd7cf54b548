'use strict';

// A module keeps what HMAC-SHA256 has shown of the first block of the last good token
// (core/src/crypto/host/hmac.cpp). Whatever came before, a token is judged as by a module that knows none.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { now, farAway, sign, makePolicy } = require('../node/shared/tokens.js');
const { forms } = require('./forms.js');

const BLOCK = 64;
const policy = makePolicy({ issuer: null, audience: null });
const headers = [{ alg: 'HS256' }, { alg: 'HS256', typ: 'JWT' }, { typ: 'JWT', alg: 'HS256' }];

/** Tokens of which some begin alike, with signing inputs of less than one block to more than five. */
function makeTokens() {
  const tokens = [];
  for (const header of headers) {
    for (const first of [{}, { iss: 'one' }, { iss: 'two' }, { iss: 'https://issuer.example/of/more/bytes' }]) {
      for (let length = 0; length < 200; length += 7) {
        const filling = length === 0 ? {} : { filling: 'x'.repeat(length) };
        tokens.push(sign({ ...first, exp: farAway, ...filling }, header));
      }
    }
  }
  return tokens;
}

/** The token with one character changed to another of the alphabet. */
function change(token, at) {
  if (token[at] === '.') return `${token.slice(0, at)}A${token.slice(at + 1)}`;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}

const shuffled = (values) => values.map((value) => [Math.random(), value]).sort(([a], [b]) => a - b).map(([, value]) => value);

for (const { file, door } of forms) {
  const judge = (verifier, token) => verifier.verifyToken(token, now).reason;

  test(`${file}: good tokens are good in any order`, () => {
    const tokens = makeTokens();
    const lengths = tokens.map((token) => token.lastIndexOf('.'));
    assert.ok(Math.min(...lengths) < BLOCK && Math.max(...lengths) > 5 * BLOCK);
    for (let round = 0; round < 5; round += 1) {
      const verifier = new door.Verifier(policy);
      for (const token of shuffled([...tokens, ...tokens])) assert.equal(judge(verifier, token), 'ok');
    }
  });

  test(`${file}: a token that begins as the last good one is refused when anything differs`, () => {
    const verifier = new door.Verifier(policy);
    for (const token of shuffled(makeTokens()).slice(0, 40)) {
      for (let at = 0; at < token.length; at += 1) {
        assert.equal(judge(verifier, token), 'ok');
        const forged = change(token, at);
        assert.notEqual(judge(verifier, forged), 'ok', `${at} of ${token}`);
        // Nor does it become known.
        assert.notEqual(judge(verifier, forged), 'ok', `${at} of ${token}`);
      }
    }
  });

  test(`${file}: another key's state is not used`, () => {
    const header = { alg: 'HS256', typ: 'JWT', kid: 'a' };
    const secrets = ['a', 'b'].map((kid) => ({ kid, secret: kid.repeat(40), encoding: 'utf8' }));
    const one = new door.Verifier({ ...policy, keys: [{ ...policy.keys[0], kid: 'a' }, secrets[1]] });
    const other = new door.Verifier({ ...policy, keys: secrets });
    const token = sign({ exp: farAway }, header);
    for (let i = 0; i < 3; i += 1) {
      assert.equal(judge(one, token), 'ok');
      assert.equal(judge(one, sign({ exp: farAway }, { ...header, kid: 'b' })), 'signature_invalid');
      assert.equal(judge(other, token), 'signature_invalid');
    }
  });
}
