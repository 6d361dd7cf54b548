'use strict';

// portcullis/jwks with a policy that has an edge layer (docs/edge.md).

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { issuer, now, makeKey, makeToken, makeSet, makeEvent, setUp } = require('./jwks_support.js');

const key = makeKey('ES256', 'one');
const policy = {
  algorithms: ['ES256'],
  issuer,
  audience: 'https://api.example',
  sources: [{ header: 'authorization', strip: true }],
  claim_headers: { 'x-user': 'sub' },
  routes: [{ path: '/public', access: 'public' }, { path: '/' }, { path: '/closed', access: 'deny' }],
};

function makeRequest(uri, headers = {}) {
  const lists = Object.entries(headers).map(([name, value]) => [name, [{ key: name, value }]]);
  return { Records: [{ cf: { request: { method: 'GET', uri, headers: Object.fromEntries(lists) } } }] };
}

const requestOf = (event) => event.Records[0].cf.request;

test('before there are keys public paths are open, and what needs a token is closed', async () => {
  const { verifier } = setUp(new Error('no'), { policy });
  await verifier.ready();
  const told = (event) => verifier.verify(event, now).reason;
  assert.equal(told(makeRequest('/public')), 'ok');
  assert.equal(told(makeRequest('/')), 'credential_missing');
  assert.equal(told(makeEvent(makeToken(key))), 'key_not_found');
  assert.equal(told(makeRequest('/closed')), 'route_denied');
  assert.equal(told(makeRequest('/nowhere')), 'route_not_found');
});

test('nothing that the source of this package tells opens a path before there are keys', async () => {
  const { createHmac } = require('node:crypto');
  const secret = 'no token is allowed by this secret';
  const closed = {
    jwk: { kid: 'closed' },
    alg: 'HS256',
    sign: (input) => createHmac('sha256', secret).update(input).digest(),
  };
  for (const roles of [[], ['closed'], ['open']]) {
    const { verifier } = setUp(new Error('no'), { policy });
    const event = makeEvent(makeToken(closed, { sub: 'made up', roles }));
    const decision = verifier.verify(event, now);
    assert.equal(decision.reason, 'key_not_found');
    assert.equal(decision.edits, undefined);
  }
});

test('the handler edits what goes on', async () => {
  const { verifier } = setUp(makeSet(key), { policy });
  assert.equal(await verifier.ready(), true);
  const event = makeEvent(makeToken(key));
  requestOf(event).headers['x-user'] = [{ key: 'X-User', value: 'made up' }];
  assert.equal(await verifier.handler(event), requestOf(event));
  assert.deepEqual(requestOf(event).headers, { 'x-user': [{ key: 'x-user', value: 'u' }] });
  const open = makeRequest('/public', { X_User: 'made up' });
  assert.equal(await verifier.handler(open), requestOf(open));
  assert.deepEqual(requestOf(open).headers, {});
  assert.equal((await verifier.handler(makeRequest('/'))).status, '401');
});

test('the handler only watches in shadow mode, with keys and without', async (t) => {
  const lines = [];
  t.mock.method(console, 'log', (line) => lines.push(JSON.parse(line)));
  for (const answer of [makeSet(key), new Error('no')]) {
    const { verifier } = setUp(answer, { policy: { ...policy, mode: 'shadow' } });
    await verifier.ready();
    const event = makeRequest('/', { 'x-user': 'made up' });
    assert.equal(await verifier.handler(event), requestOf(event));
    assert.deepEqual(requestOf(event).headers, {});
  }
  assert.deepEqual(lines.map(({ reason, mode }) => [reason, mode]), [
    ['credential_missing', 'shadow'],
    ['credential_missing', 'shadow'],
  ]);
});

test('what only watches lets it go on all the same, and logs the failure', async (t) => {
  const lines = [];
  t.mock.method(console, 'log', (line) => lines.push(JSON.parse(line)));
  const { verifier } = setUp(makeSet(key), { policy: { ...policy, mode: 'shadow' } });
  await verifier.ready();
  const event = makeRequest('/public');
  requestOf(event).headers = ['X-User'];
  assert.equal(await verifier.handler(event), requestOf(event));
  assert.equal((await verifier.handler({ Records: [{ cf: { request: 'none' } }] })).status, '500');
  assert.deepEqual(lines.map(({ reason }) => reason), ['request_malformed', 'request_malformed']);
});

test('a request that cannot be edited does not go on, and a log that fails changes nothing', async (t) => {
  const log = { decisions: 'all' };
  const { verifier } = setUp(makeSet(key), { policy: { ...policy, log } });
  await verifier.ready();
  t.mock.method(console, 'log', () => { throw new Error('full'); });
  const event = makeRequest('/public');
  requestOf(event).headers = ['X-User'];
  assert.equal((await verifier.handler(event)).status, '500');
  const fine = makeRequest('/public');
  assert.equal(await verifier.handler(fine), requestOf(fine));
});

test('what needs no keys is all of the edge layer but the cache', () => {
  const { readFileSync } = require('node:fs');
  const { join } = require('node:path');
  const read = (path) => readFileSync(join(__dirname, '../..', path), 'utf8');
  const members = /## Members([^]*?)## Sources/.exec(read('docs/edge.md'))[1];
  const named = Array.from(members.matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name);
  const [, listed] = /EDGE_MEMBERS = '([^']+)'/.exec(read('bindings-node/jwks.js'));
  assert.deepEqual([...listed.split(' '), 'token_cache'].sort(), named.sort());
});

test('a route of an issuer that has no keys is closed, and opens with them', async () => {
  const other = makeKey('ES256', 'two');
  const second = 'https://second.example/';
  const entry = { algorithms: ['ES256'], audience: 'https://api.example' };
  const answers = { [`${issuer}keys`]: makeSet(key), [`${second}keys`]: new Error('no') };
  const { verifier, time } = setUp((address) => answers[address], {
    policy: {
      issuers: [{ ...entry, issuer }, { ...entry, issuer: second }],
      routes: [{ path: '/first', issuers: [issuer] }, { path: '/second', issuers: [second] }, { path: '/' }],
    },
    jwks: { [issuer]: `${issuer}keys`, [second]: `${second}keys` },
  });
  assert.equal(await verifier.ready(), false);
  const ask = (uri, token) => {
    const event = makeEvent(token);
    requestOf(event).uri = uri;
    return verifier.verify(event, now).reason;
  };
  const first = makeToken(key);
  const later = makeToken(other, { iss: second });
  assert.equal(ask('/first', first), 'ok');
  assert.equal(ask('/', first), 'ok');
  assert.equal(ask('/second', first), 'route_denied');
  assert.equal(ask('/second', later), 'route_denied');
  answers[`${second}keys`] = makeSet(other);
  time.now += 60;
  assert.equal(await verifier.refresh(), true);
  assert.equal(ask('/second', later), 'ok');
  assert.equal(ask('/second', first), 'issuer_not_allowed');
});
