'use strict';

// portcullis/jwks with a policy of several issuers: each has its URL, its keys and its troubles.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const native = require('../../bindings-node/native.js');
const { now, makeKey, makeToken, makeSet, gate, settle, setUp } = require('./jwks_support.js');

const names = ['https://a.example/', 'https://b.example/', 'https://c.example/'];
const [a, b, c] = names;
const keys = names.map((name, index) => makeKey('ES256', `key-${index}`));
const next = makeKey('ES256', 'next');
const url = (name) => `${name}keys`;
const token = (index, key = keys[index], more = {}) => makeToken(key, { iss: names[index], ...more });

const entry = (issuer, more = {}) => ({ algorithms: ['ES256'], issuer, audience: 'https://api.example', ...more });

/** `sets` has an answer for each issuer; the third has its keys in the policy and no URL. */
function several(sets, more = {}) {
  const calls = [];
  const made = setUp((address) => {
    const name = names.find((each) => url(each) === address);
    calls.push(name);
    const answer = sets[name];
    return typeof answer === 'function' ? answer() : answer;
  }, {
    policy: { issuers: [entry(a), entry(b), entry(c, { keys: [keys[2].jwk] })] },
    jwks: { [a]: url(a), [b]: url(b) },
    ...more,
  });
  return { ...made, calls, sets };
}

const reasons = (verifier) => names.map((_, index) => verifier.verifyToken(token(index), now).reason);

test('each issuer has keys of its own', async () => {
  const { verifier, calls } = several({ [a]: makeSet(keys[0]), [b]: makeSet(keys[1]) });
  assert.equal(await verifier.ready(), true);
  assert.deepEqual(calls.sort(), [a, b]);
  assert.deepEqual(reasons(verifier), ['ok', 'ok', 'ok']);
  assert.deepEqual(verifier.status().map(({ issuer, origin }) => [issuer, origin]), [[a, 'fetched'], [b, 'fetched']]);
  // The key of one issuer says nothing about another.
  assert.equal(verifier.verifyToken(token(0, keys[1]), now).reason, 'key_not_found');
  assert.equal(verifier.verifyToken(makeToken(keys[0], { iss: 'https://d.example/' }), now).reason, 'issuer_mismatch');
});

test('an issuer that cannot be loaded does not take the others along', async () => {
  const { verifier, sets, time } = several({ [a]: new Error('no'), [b]: makeSet(keys[1]) });
  assert.equal(await verifier.ready(), false);
  assert.deepEqual(reasons(verifier).map((reason) => reason === 'ok'), [false, true, true]);
  assert.deepEqual(verifier.status().map(({ serves }) => serves), [false, true]);
  sets[a] = makeSet(keys[0]);
  time.now += 30;
  assert.equal((await verifier.verifyTokenAsync(token(0), now)).reason, 'ok');
  assert.deepEqual(reasons(verifier), ['ok', 'ok', 'ok']);
});

test('with one issuer left a token of another is denied all the same', async () => {
  const { verifier } = several({ [a]: makeSet(keys[0]), [b]: new Error('no') }, {
    policy: { issuers: [entry(a), entry(b)] },
  });
  await verifier.ready();
  assert.equal(verifier.verifyToken(token(0), now).reason, 'ok');
  for (const key of [...keys, next]) {
    assert.equal((await verifier.verifyTokenAsync(token(1, key), now)).allowed, false);
  }
});

test('the waiting form waits for an issuer that has no keys yet', async () => {
  const { promise, open } = gate();
  const { verifier } = several({ [a]: async () => { await promise; return makeSet(keys[0]); }, [b]: makeSet(keys[1]) });
  const waiting = verifier.verifyTokenAsync(token(0), now);
  await settle();
  assert.equal((await verifier.verifyTokenAsync(token(1), now)).reason, 'ok', 'others do not wait');
  open();
  assert.equal((await waiting).reason, 'ok');
});

test('the grace ends for one issuer alone', async () => {
  const { verifier, sets, time } = several({ [a]: makeSet(keys[0]), [b]: makeSet(keys[1]) });
  await verifier.ready();
  sets[a] = new Error('no');
  time.now += 86_399;
  await verifier.refresh();
  time.now += 1;
  assert.equal(verifier.verifyToken(token(0), now).allowed, false);
  assert.deepEqual(reasons(verifier).slice(1), ['ok', 'ok']);
});

test('an unknown kid asks each issuer at most once in a cooldown', async () => {
  const { verifier, calls, time } = several({ [a]: makeSet(keys[0]), [b]: makeSet(keys[1]) });
  await verifier.ready();
  time.now += 30;
  for (let i = 0; i < 50; ++i) {
    assert.equal((await verifier.verifyTokenAsync(token(i % 3, next), now)).reason, 'key_not_found');
  }
  assert.deepEqual(calls.sort(), [a, a, b, b]);
});

test('a set that one issuer may not have leaves all as it was', async () => {
  const { verifier, sets } = several({ [a]: makeSet(keys[0]), [b]: makeSet(keys[1]) });
  await verifier.ready();
  sets[b] = makeSet(next, next);
  assert.equal(await verifier.refresh(), false);
  const { lastError } = verifier.status()[1];
  assert.match(lastError.message, /^refused: policy: \$\.keys\.keys\[1\]\.kid: /);
  assert.equal(verifier.status()[0].lastError, undefined);
  assert.deepEqual(reasons(verifier), ['ok', 'ok', 'ok']);
});

test('sets that are too large together are refused one by one', async () => {
  const filling = 'x'.repeat(250_000);
  const sets = {};
  for (const [index, name] of names.entries()) sets[name] = { ...makeSet(keys[index]), filling };
  const { verifier } = several(sets, {
    policy: { issuers: names.map((name) => entry(name)) },
    jwks: Object.fromEntries(names.map((name) => [name, url(name)])),
  });
  assert.equal(await verifier.ready(), false);
  assert.equal(verifier.status().filter(({ serves }) => serves).length, 2);
  assert.equal(reasons(verifier).filter((reason) => reason === 'ok').length, 2);
});

test('top-level members hold for all', async () => {
  const { verifier } = several({ [a]: makeSet(keys[0]), [b]: makeSet(keys[1]) }, {
    policy: { issuers: [entry(a), entry(b)], realm: 'all', clock_tolerance: 10 },
  });
  await verifier.ready();
  assert.equal(verifier.verifyToken(token(0, keys[0], { exp: now - 9 }), now).reason, 'ok');
  const { response } = verifier.verifyToken(token(1, keys[1], { exp: now - 10 }), now);
  assert.match(response.headers['www-authenticate'][0].value, /^Bearer realm="all"/);
});

test('tenants: the issuer is mapped as it is written', async () => {
  const issuer = 'https://login.example/{tenantid}/v2.0';
  const { verifier } = setUp(makeSet(keys[0]), {
    policy: { issuers: [entry(issuer, { tenants: ['t1', 't2'] }), entry(c, { keys: [keys[2].jwk] })] },
    jwks: { [issuer]: 'https://login.example/keys' },
  });
  assert.equal(await verifier.ready(), true);
  const of = (tenant, tid = tenant) =>
    verifier.verifyToken(makeToken(keys[0], { iss: `https://login.example/${tenant}/v2.0`, tid }), now).reason;
  assert.deepEqual([of('t1'), of('t2'), of('t3'), of('t1', 't2')], ['ok', 'ok', 'issuer_mismatch', 'issuer_mismatch']);
});

test('an entry without keys leaves its tokens to no later entry', async () => {
  const wide = 'https://login.example/{tenantid}';
  const strict = 'https://login.example/t1';
  const policy = {
    issuers: [
      entry(strict, { require: { scope: { all_of: ['admin'] } } }),
      entry(wide, { tenants: ['t1', 't2'], keys: [keys[1].jwk] }),
      entry(c, { keys: [keys[2].jwk] }),
    ],
  };
  const t1 = makeToken(keys[1], { iss: strict, tid: 't1' });
  const other = makeToken(keys[2], { iss: c });
  const { verifier, time } = setUp([new Error('no'), makeSet(keys[1])], { policy, jwks: { [strict]: 'https://login.example/keys' } });
  assert.equal(await verifier.ready(), false);
  assert.equal(verifier.verifyToken(t1, now).allowed, false);
  assert.equal(verifier.verifyToken(other, now).reason, 'ok');
  time.now += 30;
  assert.equal(await verifier.ready(), true);
  assert.equal(verifier.verifyToken(t1, now).reason, 'scope_insufficient');
  assert.equal(verifier.verifyToken(makeToken(keys[1], { iss: 'https://login.example/t2', tid: 't2' }), now).reason, 'ok');
});

test('a mistake of the policy shows at once, with its place', () => {
  const cases = [
    ['$.issuers[1].audience', [entry(a), { ...entry(b), audience: undefined }, entry(c, { keys: [keys[2].jwk] })]],
    ['$.issuers[2].keys', [entry(a), entry(b), entry(c)]],
    ['$.issuers[2].issuer', [entry(a), entry(b), entry(a)]],
    ['$.issuers[2]', [entry(a), entry(b), null]],
  ];
  for (const [path, issuers] of cases) {
    assert.throws(
      () => several({}, { policy: { issuers } }),
      (error) => error instanceof native.PolicyError && error.path === path,
      path,
    );
  }
  const issuers = [entry(a), entry(b), entry(c, { keys: [keys[2].jwk] })];
  for (const [name, value] of Object.entries({ algorithms: ['ES256'], keys: [keys[2].jwk], issuer: c })) {
    assert.throws(
      () => several({}, { policy: { issuers, [name]: value } }),
      (error) => error instanceof native.PolicyError && error.path === `$.${name}`,
    );
  }
});
