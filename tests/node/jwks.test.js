'use strict';

// portcullis/jwks without a network: when it fetches, what it takes, how long keys serve.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');
const native = require('../../bindings-node/native.js');
const { createRefreshingVerifier } = require('../../bindings-node/jwks.js');
const {
  issuer, url, now, makeKey, makeToken, makeSet, makeEvent, gate, settle, setUp,
} = require('./jwks_support.js');

const [rsa, ec, oct] = [makeKey('RS256', 'rsa'), makeKey('ES256', 'ec'), makeKey('HS256', 'oct')];
const next = makeKey('ES256', 'next');
const ecToken = makeToken(ec);

test('keys of every kind are loaded, then decide', async () => {
  const { verifier, calls, status } = setUp(makeSet(rsa, ec, oct));
  assert.equal(calls.length, 0, 'nothing is fetched before it is asked for');
  assert.equal(await verifier.ready(), true);
  for (const key of [rsa, ec, oct]) {
    assert.equal(verifier.verifyToken(makeToken(key), now).reason, 'ok');
    assert.equal(verifier.verify(makeEvent(makeToken(key)), now).claims.sub, 'u');
  }
  assert.equal(verifier.verifyToken(makeToken({ ...ec, sign: rsa.sign }), now).reason, 'signature_invalid');
  assert.equal(calls.length, 1);
  assert.deepEqual(status(), {
    issuer, origin: 'fetched', keys: 3, loadedAt: now, age: 0, serves: true, refreshing: false, failures: 0,
    lastError: undefined,
  });
});

test('what is asked of fetch', async () => {
  const { verifier, calls } = setUp(makeSet(ec));
  await verifier.ready();
  const [{ address, init }] = calls;
  assert.equal(address, url);
  assert.ok(init.signal instanceof AbortSignal);
  delete init.signal;
  // No credentials, no redirects, nothing that weakens TLS.
  assert.deepEqual(init, {
    method: 'GET',
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'manual',
  });
});

test('before there are keys everything is denied', async () => {
  const { verifier } = setUp(new Error('no'));
  const closed = makeKey('HS256', 'closed');
  closed.sign = (input) =>
    require('node:crypto').createHmac('sha256', 'no token is allowed by this secret').update(input).digest();
  for (let i = 0; i < 2; ++i) {
    for (const token of [ecToken, makeToken(rsa), makeToken(oct), makeToken(closed)]) {
      const decision = verifier.verifyToken(token, now);
      assert.equal(decision.reason, 'key_not_found');
      assert.equal(decision.status, 401);
      assert.equal(decision.claims, undefined);
      assert.match(decision.response.headers['www-authenticate'][0].value, /error="invalid_token"/);
      assert.equal(verifier.verify(makeEvent(token), now).reason, 'key_not_found');
    }
    // What needs no key to be known.
    assert.equal(verifier.verifyToken(undefined, now).reason, 'credential_missing');
    assert.equal(verifier.verifyToken('x', now).reason, 'token_malformed');
    assert.equal(verifier.verify({}, now).reason, 'request_malformed');
    assert.throws(() => verifier.verifyToken(ecToken, 1.5), RangeError);
    await settle();
  }
});

test('the realm of the policy is told before there are keys', () => {
  const verifier = createRefreshingVerifier({
    Verifier: native.Verifier,
    policy: { algorithms: ['ES256'], issuer, audience: null, realm: 'files' },
    jwks: { [issuer]: url },
    fetch: () => new Promise(() => {}),
    timeout: 0.05,
  });
  const { response } = verifier.verifyToken(ecToken);
  assert.match(response.headers['www-authenticate'][0].value, /^Bearer realm="files"/);
  verifier.close();
});

test('verify does not wait, verifyAsync does', async () => {
  const { promise, open } = gate();
  const { verifier, calls } = setUp(async () => { await promise; return makeSet(ec); });
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'key_not_found');
  const waiting = [
    verifier.verifyTokenAsync(ecToken, now),
    verifier.verifyAsync(makeEvent(ecToken), now),
    verifier.ready(),
  ];
  // Keys would not change these.
  assert.equal((await verifier.verifyTokenAsync('x', now)).reason, 'token_malformed');
  open();
  const [first, second, ready] = await Promise.all(waiting);
  assert.equal(first.reason, 'ok');
  assert.equal(second.reason, 'ok');
  assert.equal(ready, true);
  assert.equal(calls.length, 1, 'one fetch for all of them');
});

test('the handler', async () => {
  const { verifier } = setUp(makeSet(ec));
  const { handler } = verifier;
  assert.equal(handler.length, 1);
  assert.equal(handler.constructor.name, 'AsyncFunction');
  const event = makeEvent(ecToken);
  assert.equal(await handler(event), event.Records[0].cf.request);
  assert.equal((await handler(makeEvent('x'))).status, '401');
  assert.equal((await handler({})).status, '500');
  assert.equal((await handler(undefined)).status, '500');
  let reads = 0;
  const hostile = makeEvent(ecToken);
  Object.defineProperty(hostile, 'Records', {
    get() {
      reads += 1;
      if (reads > 1) throw new Error('no');
      return makeEvent(ecToken).Records;
    },
  });
  assert.equal((await handler(hostile)).status, '500');
});

test('baked keys serve until a fetch has succeeded', async () => {
  const { verifier, calls, time, status } = setUp([new Error('no'), makeSet(next)], { keys: [ec.jwk] });
  assert.equal(status().origin, 'baked');
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
  await settle();
  assert.equal(calls.length, 1, 'the first request asks for newer ones');
  time.now += 1e6;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok', 'they know no age');
  await settle();
  assert.equal(calls.length, 2);
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'key_not_found');
  assert.equal(verifier.verifyToken(makeToken(next), now).reason, 'ok');
  assert.equal(status().origin, 'fetched');
});

test('baked keys as a JWK Set', async () => {
  const { verifier, status } = setUp(new Error('no'), { keys: makeSet(ec, rsa) });
  assert.equal(status().keys, 2);
  assert.equal((await verifier.verifyTokenAsync(ecToken, now)).reason, 'ok');
  assert.equal(await verifier.ready(), true, 'there are keys, though none was fetched');
});

test('keys are fetched again when they are older than the lifetime, beside the request', async () => {
  const { verifier, calls, time } = setUp([makeSet(ec), makeSet(next)]);
  await verifier.ready();
  time.now += 599;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
  await settle();
  assert.equal(calls.length, 1);
  time.now += 1;
  assert.equal((await verifier.verifyTokenAsync(ecToken, now)).reason, 'ok', 'by the keys that are there');
  await settle();
  assert.equal(calls.length, 2);
  assert.equal(verifier.verifyToken(makeToken(next), now).reason, 'ok');
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'key_not_found', 'a key taken out is gone');
});

test('max-age is honoured between a minute and the lifetime', async () => {
  const cases = [
    ['max-age=120', 120],
    ['public, max-age=300, must-revalidate', 300],
    ['MAX-AGE = "90"', 90],
    ['max-age=0', 60],
    ['max-age=1', 60],
    ['max-age=99999999', 600],
    ['max-age=99999999999999999999', 600],
    ['max-age=-1', 600],
    ['max-age=1e3', 600],
    ['s-maxage=100', 600],
    ['no-store', 600],
    ['', 600],
  ];
  for (const [header, seconds] of cases) {
    const answer = () => new Response(JSON.stringify(makeSet(ec)), { headers: { 'cache-control': header } });
    const { verifier, calls, time } = setUp(answer);
    await verifier.ready();
    time.now += seconds - 1;
    verifier.verifyToken(ecToken, now);
    assert.equal(calls.length, 1, header);
    time.now += 1;
    verifier.verifyToken(ecToken, now);
    assert.equal(calls.length, 2, header);
  }
});

test('stale keys serve until the grace is over, then everything is denied', async () => {
  const { verifier, time, events, status } = setUp([makeSet(ec), new Error('no')]);
  await verifier.ready();
  time.now += 86_399;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
  await settle();
  assert.equal(status().failures, 1);
  time.now += 1;
  const decision = verifier.verifyToken(ecToken, now);
  assert.equal(decision.reason, 'key_not_found');
  assert.equal(decision.status, 401);
  assert.equal(status().origin, 'none');
  assert.equal(status().serves, false);
  assert.equal(events.filter(({ type }) => type === 'expired').length, 1);
});

test('the grace ends even when nothing is fetched any more', async () => {
  const { verifier, time } = setUp(makeSet(ec));
  await verifier.ready();
  verifier.close();
  time.now += 86_399;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
  time.now += 1;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'key_not_found');
});

test('keys come back after the grace', async () => {
  const { verifier, time } = setUp([makeSet(ec), new Error('no'), makeSet(ec)]);
  await verifier.ready();
  time.now += 86_400;
  assert.equal((await verifier.verifyTokenAsync(ecToken, now)).reason, 'key_not_found');
  time.now += 30;
  assert.equal((await verifier.verifyTokenAsync(ecToken, now)).reason, 'ok');
});

test('unknown kids: one fetch in a cooldown, whatever arrives', async () => {
  const { verifier, calls, time, events } = setUp(makeSet(ec));
  await verifier.ready();
  const unknown = Array.from({ length: 200 }, (_, i) => makeToken({ ...ec, jwk: { kid: `kid-${i}` } }));
  for (const token of unknown) assert.equal((await verifier.verifyTokenAsync(token, now)).reason, 'key_not_found');
  assert.equal(calls.length, 1, 'the cooldown runs from the first load');
  for (let round = 2; round < 5; ++round) {
    time.now += 30;
    for (const token of unknown) assert.equal(verifier.verifyToken(token, now).reason, 'key_not_found');
    await settle();
    for (const token of unknown) assert.equal((await verifier.verifyTokenAsync(token, now)).reason, 'key_not_found');
    assert.equal(calls.length, round);
  }
  assert.deepEqual([...new Set(calls.map(({ address }) => address))], [url]);
  assert.equal(events.filter(({ cause }) => cause === 'unknown_key').length, 3);
});

test('a new key is found by the waiting form, at once', async () => {
  const { verifier, time } = setUp([makeSet(ec), makeSet(ec, next)]);
  await verifier.ready();
  time.now += 30;
  assert.equal((await verifier.verifyTokenAsync(makeToken(next), now)).reason, 'ok');
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
});

test('other denials start nothing', async () => {
  const { verifier, calls, time } = setUp(makeSet(ec));
  await verifier.ready();
  time.now += 300;
  for (const token of [undefined, 'x', makeToken(ec, { exp: 1 }), makeToken({ ...ec, sign: rsa.sign })]) {
    assert.equal((await verifier.verifyTokenAsync(token, now)).allowed, false);
  }
  assert.equal(calls.length, 1);
});

test('failures back off up to the lifetime', async () => {
  const { verifier, calls, time, status } = setUp([makeSet(ec), new Error('no')]);
  await verifier.ready();
  time.now += 600;
  for (const wait of [30, 60, 120, 240, 480, 600, 600]) {
    const before = calls.length;
    assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
    await settle();
    assert.equal(calls.length, before + 1);
    time.now += wait - 1;
    verifier.verifyToken(ecToken, now);
    verifier.verifyToken(makeToken(next), now);
    await settle();
    assert.equal(calls.length, before + 1, `again before ${wait} s`);
    time.now += 1;
  }
  assert.equal(status().failures, 7);
});

test('without keys each cooldown allows an attempt', async () => {
  const { verifier, calls, time } = setUp(new Error('no'));
  for (let attempt = 1; attempt < 6; ++attempt) {
    assert.equal(await verifier.ready(), false);
    assert.equal(await verifier.ready(), false);
    assert.equal(calls.length, attempt);
    time.now += 30;
  }
});

const refused = {
  not_json: ['', '{', 'no', '<html>keys</html>', '{"keys":[]}x', '\ufeff{"keys":[]}', '{"keys":[],}', '['.repeat(100_000)],
  not_key_set: ['[]', 'null', '7', '"keys"', '{}', '{"keys":{}}', '{"keys":null}', '{"jwks":[]}', JSON.stringify([ec.jwk])],
  refused: [
    '{"keys":[]}',
    '{"keys":[null]}',
    '{"keys":["key"]}',
    '{"keys":[{"kty":"unknown"}]}',
    JSON.stringify(makeSet(next, next)),
    JSON.stringify({ keys: [{ ...next.jwk, x: next.jwk.y }] }),
    JSON.stringify({ keys: [{ ...next.jwk, d: 'c2VjcmV0' }] }),
    JSON.stringify({ keys: [{ ...next.jwk, use: 'enc' }] }),
    JSON.stringify({ keys: [{ kty: 'RSA', n: 'c2VjcmV0', e: 'AQAB' }] }),
    JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }),
    // A parser keeps one of the two; the core sees both.
    `{"keys":[${JSON.stringify(ec.jwk)}],"keys":[${JSON.stringify(next.jwk)}]}`,
    `{"keys":[{"kid":"a",${JSON.stringify(next.jwk).slice(1)}]}`,
  ],
};

for (const [code, bodies] of Object.entries(refused)) {
  test(`a set that is ${code} leaves the old one in place`, async () => {
    for (const body of bodies) {
      const { verifier, calls, events, status, time } = setUp([makeSet(ec), body]);
      await verifier.ready();
      assert.equal(await verifier.refresh(), false, body.slice(0, 80));
      assert.equal(calls.length, 2);
      assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
      const { lastError, failures, keys, loadedAt, origin } = status();
      assert.equal(lastError.code, code, `${body.slice(0, 80)}: ${lastError.message}`);
      assert.equal(lastError.at, time.now);
      assert.deepEqual([failures, keys, loadedAt, origin], [1, 1, now, 'fetched']);
      assert.deepEqual(events.at(-1), {
        type: 'failed', issuer, code, message: lastError.message, failures: 1,
      });
      // Nothing of the body is told.
      for (const secret of ['c2VjcmV0', next.jwk.x, '<html>']) assert.ok(!lastError.message.includes(secret));
    }
  });
}

test('a set that the core refuses is told with its place', async () => {
  const { verifier, status } = setUp(JSON.stringify(makeSet(next, next)));
  await verifier.ready();
  assert.match(status().lastError.message, /^refused: policy: \$\.keys\.keys\[1\]\.kid: expected /);
});

test('an answer of the wrong status, a redirect, a body too large', async () => {
  const set = JSON.stringify(makeSet(ec));
  const huge = JSON.stringify({ keys: [ec.jwk], filling: 'x'.repeat(262_144) });
  const cases = [
    ['status', () => new Response(set, { status: 404 })],
    ['status', () => new Response(set, { status: 206 })],
    ['status', () => new Response(set, { status: 500 })],
    ['status', () => new Response(null, { status: 204 })],
    ['redirect', () => new Response(set, { status: 302, headers: { location: url } })],
    ['redirect', () => new Response(set, { status: 301 })],
    ['too_large', () => new Response(huge)],
    ['too_large', () => new Response(set, { headers: { 'content-length': '262145' } })],
    ['not_json', () => new Response(null)],
    ['not_json', () => new Response(new Uint8Array([0x7b, 0xff, 0x7d]))],
    ['network', () => Object.assign(new Error('c2VjcmV0'), { cause: { code: 'ECONNREFUSED' } })],
    ['network', () => { throw new TypeError('c2VjcmV0'); }],
    ['network', () => { throw null; }],
  ];
  for (const [code, answer] of cases) {
    const { verifier, status } = setUp(answer);
    assert.equal(await verifier.ready(), false);
    assert.equal(status().lastError.code, code, status().lastError.message);
    assert.ok(!status().lastError.message.includes('c2VjcmV0'));
  }
});

test('a body that is too large is not read to its end', async () => {
  let pulled = 0;
  let signal;
  const { verifier, status } = setUp((_, init) => {
    signal = init.signal;
    return new Response(new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(10_000).fill(0x20));
      },
    }));
  });
  assert.equal(await verifier.ready(), false);
  assert.equal(status().lastError.code, 'too_large');
  assert.ok(pulled < 30, `${pulled} chunks`);
  assert.equal(signal.aborted, true);
});

test('a fetch that hangs ends at the timeout, even when it heeds no signal', async () => {
  for (const hang of [
    () => new Promise(() => {}),
    () => new Response(new ReadableStream({})),
  ]) {
    const { verifier, status } = setUp(hang, { timeout: 0.05 });
    assert.equal((await verifier.verifyTokenAsync(ecToken, now)).reason, 'key_not_found');
    assert.equal(status().lastError.message, 'timeout: no complete answer within 0.05 s');
    assert.equal(status().refreshing, false);
  }
});

test('a fetch that a freeze has cut is given up', async () => {
  const { promise, open } = gate();
  const { verifier, calls, time, status } = setUp([
    makeSet(ec), async () => { await promise; return makeSet(next); }, makeSet(ec, rsa),
  ]);
  await verifier.ready();
  time.now += 600;
  verifier.verifyToken(ecToken, now);
  assert.equal(status().refreshing, true);
  time.now += 3600;
  verifier.verifyToken(ecToken, now);
  await settle();
  assert.equal(calls.length, 3);
  assert.equal(calls[1].init.signal.aborted, true);
  open();
  await settle();
  assert.equal(status().keys, 2, 'what comes late is not taken');
  assert.equal(verifier.verifyToken(makeToken(next), now).reason, 'key_not_found');
});

test('the waiting form waits for keys that are older than two lifetimes', async () => {
  const { verifier, time } = setUp([makeSet(ec), makeSet(next)]);
  await verifier.ready();
  time.now += 1200;
  assert.equal((await verifier.verifyTokenAsync(ecToken, now)).reason, 'key_not_found');
});

test('one fetch at a time', async () => {
  const { promise, open } = gate();
  const { verifier, calls } = setUp(async () => { await promise; return makeSet(ec); });
  const waiting = [verifier.refresh(), verifier.refresh(), verifier.ready(), verifier.verifyTokenAsync(ecToken, now)];
  for (let i = 0; i < 50; ++i) verifier.verifyToken(ecToken, now);
  await settle();
  assert.equal(calls.length, 1);
  open();
  assert.deepEqual((await Promise.all(waiting)).slice(0, 3), [true, true, true]);
  assert.equal(await verifier.refresh(), true);
  assert.equal(calls.length, 2, 'refresh knows no cooldown');
});

test('the same set again makes no new verifier', async () => {
  let made = 0;
  class Counted extends native.Verifier {
    constructor(policy) {
      super(policy);
      made += 1;
    }
  }
  const { verifier, events, time, status } = setUp(makeSet(ec), { Verifier: Counted });
  await verifier.ready();
  const before = made;
  time.now += 100;
  await verifier.refresh();
  assert.equal(made, before);
  assert.equal(status().loadedAt, now + 100);
  assert.deepEqual(events.filter(({ type }) => type === 'loaded').map(({ changed }) => changed), [true, false]);
});

test('an engine that fails leaves the old keys in place', async () => {
  let fails = false;
  class Failing extends native.Verifier {
    constructor(policy) {
      if (fails) throw new Error('c2VjcmV0');
      super(policy);
    }
  }
  const { verifier, status } = setUp([makeSet(ec), makeSet(next)], { Verifier: Failing });
  await verifier.ready();
  fails = true;
  assert.equal(await verifier.refresh(), false);
  assert.equal(status().lastError.message, 'refused: the verifier cannot be made');
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
});

test('a clock that goes back makes nothing last longer', async () => {
  const { verifier, calls, time } = setUp([makeSet(ec), new Error('no')]);
  await verifier.ready();
  time.now -= 1e6;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
  time.now += 600;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
  await settle();
  assert.equal(calls.length, 2);
  time.now += 86_400;
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'key_not_found');
});

test('events tell what happens, and hold no key, token or URL', async () => {
  const { verifier, events, time } = setUp([makeSet(ec), makeSet(ec, next), new Error('no')]);
  await verifier.ready();
  time.now += 30;
  await verifier.verifyTokenAsync(makeToken(next), now);
  await verifier.refresh();
  assert.deepEqual(events, [
    { type: 'refresh', issuer, cause: 'age' },
    { type: 'loaded', issuer, keys: 1, changed: true },
    { type: 'refresh', issuer, cause: 'unknown_key' },
    { type: 'loaded', issuer, keys: 2, changed: true },
    { type: 'refresh', issuer, cause: 'call' },
    { type: 'failed', issuer, code: 'network', message: 'network: cannot fetch (Error)', failures: 1 },
  ]);
  const text = JSON.stringify([events, verifier.status()]);
  for (const hidden of [url, ec.jwk.x, next.jwk.x, ecToken]) assert.ok(!text.includes(hidden));
});

test('a listener can do no harm', async () => {
  let verifier;
  const listeners = [
    () => { throw new Error('no'); },
    async () => { throw new Error('no'); },
    () => { verifier.verifyToken(ecToken, now); verifier.status(); },
    () => verifier.verifyTokenAsync(ecToken, now),
  ];
  for (const onEvent of listeners) {
    const made = setUp(makeSet(ec), { onEvent });
    verifier = made.verifier;
    assert.equal(await verifier.ready(), true);
    made.time.now += 86_400;
    assert.equal(verifier.verifyToken(ecToken, now).reason, 'key_not_found');
    await settle();
    assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
  }
});

test('close ends what is under way and starts nothing more', async () => {
  const { verifier, calls, time, status } = setUp([makeSet(ec), () => new Promise(() => {})]);
  await verifier.ready();
  const waiting = verifier.refresh();
  verifier.close();
  assert.equal(await waiting, false);
  assert.equal(calls[1].init.signal.aborted, true);
  assert.equal(status().lastError.code, 'closed');
  time.now += 5000;
  assert.equal((await verifier.verifyTokenAsync(makeToken(next), now)).reason, 'key_not_found');
  assert.equal((await verifier.verifyTokenAsync(ecToken, now)).reason, 'ok');
  assert.equal(await verifier.refresh(), false);
  assert.equal(calls.length, 2);
});

test('no timer keeps a process alive', () => {
  const took = execFileSync(process.execPath, ['-e', `
    const { Verifier } = require(${JSON.stringify(join(__dirname, '../../bindings-node/native.js'))});
    const { createRefreshingVerifier } = require(${JSON.stringify(join(__dirname, '../../bindings-node/jwks.js'))});
    const verifier = createRefreshingVerifier({
      Verifier,
      policy: { algorithms: ['ES256'], issuer: 'i', audience: 'a' },
      jwks: { i: 'https://issuer.example/' },
      fetch: async () => new Response(${JSON.stringify(JSON.stringify(makeSet(ec)))}),
      timeout: 60,
    });
    const start = Date.now();
    process.on('exit', () => console.log(Date.now() - start));
    verifier.ready();
  `]);
  assert.ok(Number(took) < 5000, `${took} ms`);
});

test('the policy is read once', async () => {
  const policy = { algorithms: ['ES256'], issuer, audience: 'https://api.example' };
  const { verifier } = setUp(makeSet(ec), { policy });
  policy.audience = 'https://other.example';
  await verifier.ready();
  assert.equal(verifier.verifyToken(ecToken, now).reason, 'ok');
});

test('a mistake of the policy shows at once', () => {
  const make = (policy) => setUp(makeSet(ec), { policy });
  const good = { algorithms: ['ES256'], issuer, audience: null };
  const cases = [
    ['$.audience', { algorithms: ['ES256'], issuer }],
    ['$.algorithms[0]', { ...good, algorithms: ['none'] }],
    ['$.leeway', { ...good, leeway: 5 }],
    ['$.keys', { ...good, keys: [] }],
    ['$.keys[0].kty', { ...good, keys: [{ kty: 'none' }] }],
    ['$.clock_tolerance', { ...good, clock_tolerance: -1 }],
  ];
  for (const [path, policy] of cases) {
    assert.throws(() => make(policy), (error) => error instanceof native.PolicyError && error.path === path, path);
  }
});

test('every algorithm can wait for its keys', () => {
  for (const family of ['HS', 'RS', 'PS', 'ES']) {
    for (const size of [256, 384, 512]) {
      assert.ok(setUp('', { policy: { algorithms: [family + size], issuer, audience: null } }));
    }
  }
  for (const alg of ['EdDSA', 'Ed25519']) {
    assert.ok(setUp('', { policy: { algorithms: [alg], issuer, audience: null } }));
  }
});

test('options that cannot be used are told by name', () => {
  const cases = [
    [TypeError, /^Verifier: /, { Verifier: undefined }],
    [TypeError, /^policy: /, { policy: '{}' }],
    [TypeError, /^policy: /, { policy: undefined }],
    [TypeError, /^policy: /, { policy: Buffer.from('{}') }],
    [TypeError, /^policy: /, { policy: { issuer, n: 1n } }],
    [TypeError, /^jwks: /, { jwks: undefined }],
    [TypeError, /^jwks: /, { jwks: {} }],
    [TypeError, /^jwks: /, { jwks: [url] }],
    [TypeError, /^jwks\["https:\/\/other\.example\/"\]: expected an issuer of the policy/, { jwks: { 'https://other.example/': url } }],
    [TypeError, /: expected an absolute URL/, { jwks: { [issuer]: '/keys' } }],
    [TypeError, /: expected an absolute URL/, { jwks: { [issuer]: 7 } }],
    [TypeError, /: expected an absolute URL/, { jwks: { [issuer]: new URL(url) } }],
    [TypeError, /: expected https/, { jwks: { [issuer]: 'http://issuer.example/keys' } }],
    [TypeError, /: expected https/, { jwks: { [issuer]: 'http://localhost/keys' } }],
    [TypeError, /: expected https/, { jwks: { [issuer]: 'http://issuer.example/keys' }, allowHttp: true }],
    [TypeError, /: expected https/, { jwks: { [issuer]: 'http://127.0.0.1.issuer.example/' }, allowHttp: true }],
    [TypeError, /: expected https/, { jwks: { [issuer]: 'file:///etc/passwd' }, allowHttp: true }],
    [TypeError, /: expected https/, { jwks: { [issuer]: 'data:,{}' } }],
    [TypeError, /: expected a URL without user/, { jwks: { [issuer]: 'https://u:p@issuer.example/' } }],
    [TypeError, /: expected a URL without user/, { jwks: { [issuer]: `${url}#a` } }],
    [TypeError, /^allowHttp: /, { allowHttp: 'yes' }],
    [TypeError, /^fetch: /, { fetch: {} }],
    [TypeError, /^clock: /, { clock: 7 }],
    [TypeError, /^onEvent: /, { onEvent: null }],
    [TypeError, /^timeout: /, { timeout: '3' }],
    [RangeError, /^timeout: expected seconds from 0\.05 to 60, not 3000$/, { timeout: 3000 }],
    [RangeError, /^timeout: /, { timeout: 0 }],
    [RangeError, /^timeout: /, { timeout: NaN }],
    [RangeError, /^maxBytes: /, { maxBytes: 1024.5 }],
    [RangeError, /^maxBytes: /, { maxBytes: Infinity }],
    [RangeError, /^lifetime: /, { lifetime: 59 }],
    [RangeError, /^grace: expected no less than lifetime$/, { grace: 599 }],
    [RangeError, /^cooldown: /, { cooldown: 0 }],
    [TypeError, /^lifeTime: expected no such option$/, { lifeTime: 60 }],
  ];
  for (const [type, message, options] of cases) {
    assert.throws(() => setUp(makeSet(ec), options), (error) => {
      assert.ok(error instanceof type, `${JSON.stringify(Object.keys(options))}: ${error.stack}`);
      assert.match(error.message, message);
      return true;
    });
  }
  for (const host of ['localhost', '127.0.0.1:8080', '[::1]']) {
    assert.ok(setUp('', { jwks: { [issuer]: `http://${host}/` }, allowHttp: true }));
  }
  assert.throws(() => createRefreshingVerifier(), TypeError);
});
