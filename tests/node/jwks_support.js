'use strict';

// Keys, tokens, a clock and a fetch for the tests of portcullis/jwks.

const { createHmac, generateKeyPairSync, randomBytes, sign: signBytes } = require('node:crypto');
const native = require('../../bindings-node/native.js');
const { createRefreshingVerifier } = require('../../bindings-node/jwks.js');

const issuer = 'https://issuer.example/';
const url = 'https://issuer.example/keys';
const now = 1_800_000_000;

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A key to sign with: `jwk` is what the issuer publishes of it. */
function makeKey(alg, kid) {
  if (alg === 'HS256') {
    const secret = randomBytes(32);
    const jwk = { kty: 'oct', k: secret.toString('base64url'), kid, alg };
    return { jwk, alg, sign: (input) => createHmac('sha256', secret).update(input).digest() };
  }
  const { publicKey, privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
    alg,
    sign: (input) => signBytes('sha256', Buffer.from(input), key),
  };
}

function makeToken({ jwk, alg, sign }, claims = {}) {
  const payload = { iss: issuer, aud: 'https://api.example', sub: 'u', exp: 4_000_000_000, ...claims };
  const input = `${encode({ alg, kid: jwk.kid })}.${encode(payload)}`;
  return `${input}.${sign(input).toString('base64url')}`;
}

const makeSet = (...keys) => ({ keys: keys.map(({ jwk }) => jwk) });

function makeEvent(token) {
  const authorization = [{ key: 'Authorization', value: `Bearer ${token}` }];
  return { Records: [{ cf: { request: { method: 'GET', uri: '/', headers: { authorization } } } }] };
}

/** A fetch that answers from `answers`, a list or one for all: a JWK Set, text, an Error, a function. */
function fakeFetch(answers) {
  const calls = [];
  const fetch = async (address, init) => {
    calls.push({ address, init });
    let answer = Array.isArray(answers) ? answers[Math.min(calls.length, answers.length) - 1] : answers;
    if (typeof answer === 'function') answer = await answer(address, init);
    if (answer instanceof Error) throw answer;
    if (answer instanceof Response) return answer;
    return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
  return { fetch, calls };
}

/** A promise and what settles it. */
function gate() {
  let open;
  const promise = new Promise((resolve) => { open = resolve; });
  return { promise, open };
}

/** Lets everything run that is not waiting for something outside. */
const settle = async () => {
  for (let i = 0; i < 5; ++i) await new Promise((resolve) => { setImmediate(resolve); });
};

/** A verifier with a clock that the test sets, a fetch that the test answers, and a list of events. */
function setUp(answers, { keys, ...more } = {}) {
  const { fetch, calls } = fakeFetch(answers);
  const time = { now };
  const events = [];
  const verifier = createRefreshingVerifier({
    Verifier: native.Verifier,
    policy: {
      algorithms: ['RS256', 'ES256', 'HS256'],
      issuer,
      audience: 'https://api.example',
      ...(keys === undefined ? {} : { keys }),
    },
    jwks: { [issuer]: url },
    fetch,
    clock: () => time.now,
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { verifier, calls, time, events, status: () => verifier.status()[0] };
}

module.exports = {
  issuer, url, now, makeKey, makeToken, makeSet, makeEvent, fakeFetch, gate, settle, setUp,
};
