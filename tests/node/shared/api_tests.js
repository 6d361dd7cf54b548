'use strict';

// What every JavaScript door promises to its caller.

const assert = require('node:assert/strict');
const { createHmac } = require('node:crypto');
const { test } = require('node:test');
const { secret, now, encode, sign, makeClaims, makePolicy, makeEvent, goodToken } = require('./tokens.js');

const responses = {
  credential_missing: {
    status: '401',
    statusDescription: 'Unauthorized',
    headers: {
      'www-authenticate': [{ key: 'WWW-Authenticate', value: 'Bearer realm="portcullis"' }],
      'content-type': [{ key: 'Content-Type', value: 'application/json' }],
      'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
    },
    body: '{"error":"unauthorized"}',
  },
  expired: {
    status: '401',
    statusDescription: 'Unauthorized',
    headers: {
      'www-authenticate': [
        { key: 'WWW-Authenticate', value: 'Bearer realm="portcullis", error="invalid_token"' },
      ],
      'content-type': [{ key: 'Content-Type', value: 'application/json' }],
      'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
    },
    body: '{"error":"invalid_token"}',
  },
  scope_insufficient: {
    status: '403',
    statusDescription: 'Forbidden',
    headers: {
      'www-authenticate': [
        { key: 'WWW-Authenticate', value: 'Bearer realm="portcullis", error="insufficient_scope"' },
      ],
      'content-type': [{ key: 'Content-Type', value: 'application/json' }],
      'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
    },
    body: '{"error":"insufficient_scope"}',
  },
  request_malformed: {
    status: '500',
    statusDescription: 'Internal Server Error',
    headers: {
      'content-type': [{ key: 'Content-Type', value: 'application/json' }],
      'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
    },
    body: '{"error":"internal_server_error"}',
  },
};

function apiTests(door) {
  const { Verifier, PolicyError, createHandler } = door;

  test('exports its version and what decides', () => {
    assert.match(door.version, /^\d+\.\d+\.\d+$/);
    assert.match(door.implementation, /^(native|wasm)$/);
  });

  test('verifyToken: an allowed token', () => {
    const claims = makeClaims({ name: 'Zoë' });
    const decision = new Verifier(makePolicy()).verifyToken(sign(claims), now);
    assert.equal(decision.kind, 'allow');
    assert.equal(decision.allowed, true);
    assert.equal(decision.reason, 'ok');
    assert.equal(decision.status, undefined);
    assert.equal(decision.response, undefined);
    assert.deepEqual(decision.claims, claims);
  });

  test('verifyToken: a denied token', () => {
    const decision = new Verifier(makePolicy()).verifyToken(sign(makeClaims({ exp: now })), now);
    assert.equal(decision.kind, 'deny');
    assert.equal(decision.allowed, false);
    assert.equal(decision.reason, 'expired');
    assert.equal(decision.status, 401);
    assert.deepEqual(decision.response, responses.expired);
    assert.equal(decision.claims, undefined);
  });

  test('verifyToken: what is no string', () => {
    const verifier = new Verifier(makePolicy());
    for (const token of [undefined, null]) {
      assert.equal(verifier.verifyToken(token, now).reason, 'credential_missing');
    }
    for (const token of [0, true, {}, [goodToken], Buffer.from(goodToken), Symbol('x'), 1n, () => {}]) {
      assert.equal(verifier.verifyToken(token, now).reason, 'credential_malformed');
    }
    assert.equal(verifier.verifyToken(Object(goodToken), now).reason, 'credential_malformed');
    assert.equal(verifier.verifyToken('', now).reason, 'token_malformed');
  });

  test('verify: an allowed event gives the claims', () => {
    const decision = new Verifier(makePolicy()).verify(makeEvent(`Bearer ${goodToken}`), now);
    assert.equal(decision.reason, 'ok');
    assert.deepEqual(decision.claims, makeClaims());
    assert.equal(decision.response, undefined);
  });

  test('verify: the shape of the Authorization header', () => {
    const verifier = new Verifier(makePolicy());
    const withHeaders = (headers) => ({ Records: [{ cf: { request: { headers } } }] });
    const good = { value: `Bearer ${goodToken}` };
    const cases = [
      ['ok', withHeaders({ authorization: [good] })],
      ['credential_missing', withHeaders(undefined)],
      ['credential_missing', withHeaders(null)],
      ['credential_missing', withHeaders({})],
      ['credential_missing', withHeaders({ authorization: undefined })],
      ['credential_missing', withHeaders({ authorization: null })],
      ['credential_missing', withHeaders({ authorization: [] })],
      ['credential_missing', withHeaders({ Authorization: [good] })],
      ['credential_missing', makeEvent('Basic dTpw')],
      ['credential_missing', makeEvent(`Bearerx ${goodToken}`)],
      ['credential_malformed', withHeaders([])],
      ['credential_malformed', withHeaders([good])],
      ['credential_malformed', withHeaders('authorization')],
      ['credential_malformed', withHeaders(7)],
      ['credential_malformed', withHeaders({ authorization: good })],
      ['credential_malformed', withHeaders({ authorization: good.value })],
      ['credential_malformed', withHeaders({ authorization: { 0: good, length: 1 } })],
      ['credential_malformed', withHeaders({ authorization: [good, good] })],
      ['credential_malformed', withHeaders({ authorization: [null] })],
      ['credential_malformed', withHeaders({ authorization: new Array(1) })],
      ['credential_malformed', withHeaders({ authorization: [good.value] })],
      ['credential_malformed', withHeaders({ authorization: [[good]] })],
      ['credential_malformed', withHeaders({ authorization: [{}] })],
      ['credential_malformed', withHeaders({ authorization: [{ value: null }] })],
      ['credential_malformed', withHeaders({ authorization: [{ value: [good.value] }] })],
      ['credential_malformed', withHeaders({ authorization: [{ value: Object(good.value) }] })],
      ['credential_malformed', makeEvent('')],
      ['credential_malformed', makeEvent('Bearer')],
      ['credential_malformed', makeEvent('Bearer  ')],
      ['request_malformed', undefined],
      ['request_malformed', null],
      ['request_malformed', 'event'],
      ['request_malformed', []],
      ['request_malformed', {}],
      ['request_malformed', { Records: null }],
      ['request_malformed', { Records: [] }],
      ['request_malformed', { Records: [null] }],
      ['request_malformed', { Records: { 0: makeEvent(good.value).Records[0] } }],
      ['request_malformed', { Records: [{}] }],
      ['request_malformed', { Records: [{ cf: null }] }],
      ['request_malformed', { Records: [{ cf: {} }] }],
      ['request_malformed', { Records: [{ cf: { request: null } }] }],
      ['request_malformed', { Records: [{ cf: { request: 'GET /' } }] }],
      ['request_malformed', { Records: [{ cf: { request: [] } }] }],
    ];
    for (const [reason, event] of cases) {
      assert.equal(verifier.verify(event, now).reason, reason, JSON.stringify(event));
    }
  });

  test('a decision cannot be changed', () => {
    const decision = new Verifier(makePolicy()).verifyToken('x', now);
    assert.throws(() => { decision.allowed = true; }, TypeError);
    assert.throws(() => { decision.claims = {}; }, TypeError);
    assert.equal(decision.allowed, false);
  });

  test('a response is a new object each time', () => {
    const verifier = new Verifier(makePolicy());
    const decision = verifier.verifyToken(undefined, now);
    const first = decision.response;
    assert.notEqual(first, decision.response);
    first.status = '200';
    first.headers['content-type'][0].value = 'text/html';
    delete first.headers['cache-control'];
    assert.deepEqual(decision.response, responses.credential_missing);
    assert.deepEqual(verifier.verifyToken(null, now).response, responses.credential_missing);
  });

  test('claims are parsed once, and only when asked for', () => {
    const decision = new Verifier(makePolicy()).verifyToken(goodToken, now);
    const parse = JSON.parse;
    let parsed = 0;
    JSON.parse = (...rest) => (parsed += 1, parse(...rest));
    try {
      assert.equal(parsed, 0);
      const first = decision.claims;
      assert.equal(decision.claims, first);
      assert.equal(parsed, 1);
    } finally {
      JSON.parse = parse;
    }
  });

  test('a claim called __proto__ is a claim', () => {
    const text = JSON.stringify(makeClaims()).replace('{', '{"__proto__":{"admin":true},');
    const { claims } = new Verifier(makePolicy()).verifyToken(sign(text), now);
    assert.equal(Object.getPrototypeOf(claims), Object.prototype);
    assert.ok(Object.hasOwn(claims, '__proto__'));
    assert.equal(claims.admin, undefined);
  });

  test('claims as large as a token can carry', () => {
    const claims = makeClaims({ filling: 'x'.repeat(11_900) });
    const token = sign(claims);
    assert.ok(token.length <= 16_384 && token.length > 16_000);
    const verifier = new Verifier(makePolicy());
    assert.deepEqual(verifier.verifyToken(token, now).claims, claims);
    assert.deepEqual(verifier.verify(makeEvent(`Bearer ${token}`), now).claims, claims);
  });

  test('now is whole seconds', () => {
    const verifier = new Verifier(makePolicy());
    const event = makeEvent(`Bearer ${goodToken}`);
    for (const wrong of [NaN, Infinity, -Infinity, 1.5, 2 ** 53]) {
      assert.throws(() => verifier.verifyToken(goodToken, wrong), RangeError);
      assert.throws(() => verifier.verify(event, wrong), RangeError);
    }
    for (const wrong of [null, '1800000000', new Date(), 1n, true]) {
      assert.throws(() => verifier.verifyToken(goodToken, wrong), TypeError);
      assert.throws(() => verifier.verify(event, wrong), TypeError);
    }
    const exp = makeClaims({ exp: 100 });
    assert.equal(verifier.verifyToken(sign(exp), 99).reason, 'ok');
    assert.equal(verifier.verifyToken(sign(exp), 100).reason, 'expired');
    assert.equal(verifier.verifyToken(sign(exp), -5).reason, 'ok');
    assert.equal(verifier.verifyToken(goodToken, 2 ** 53 - 1).reason, 'expired');
  });

  test('now is the clock unless given', () => {
    const verifier = new Verifier(makePolicy());
    const clock = Math.floor(Date.now() / 1000);
    const past = sign(makeClaims({ exp: clock - 1 }));
    const future = sign(makeClaims({ exp: clock + 3600 }));
    assert.equal(verifier.verifyToken(past).reason, 'expired');
    assert.equal(verifier.verifyToken(future).reason, 'ok');
    assert.equal(verifier.verify(makeEvent(`Bearer ${past}`)).reason, 'expired');
    assert.equal(verifier.verify(makeEvent(`Bearer ${future}`)).reason, 'ok');
  });

  test('the policy as object, text and bytes', () => {
    const text = JSON.stringify(makePolicy({ realm: 'r' }));
    const bytes = new TextEncoder().encode(text);
    const inside = new Uint8Array(bytes.length + 9);
    inside.set(bytes, 5);
    for (const policy of [
      makePolicy(),
      text,
      `\n\t ${text} `,
      bytes,
      Buffer.from(text),
      inside.subarray(5, 5 + bytes.length),
      new DataView(inside.buffer, 5, bytes.length),
      Object.freeze(makePolicy()),
    ]) {
      assert.equal(new Verifier(policy).verifyToken(goodToken, now).reason, 'ok');
    }
  });

  test('the policy is read once', () => {
    const bytes = Buffer.from(JSON.stringify(makePolicy()));
    const policy = makePolicy();
    const verifiers = [new Verifier(bytes), new Verifier(policy)];
    bytes.fill(0);
    policy.keys.length = 0;
    for (const verifier of verifiers) assert.equal(verifier.verifyToken(goodToken, now).reason, 'ok');
  });

  test('PolicyError says where and what', () => {
    const weak = makePolicy({ keys: [{ kty: 'oct', k: encode('a weak secret') }] });
    for (const make of [(policy) => new Verifier(policy), createHandler]) {
      assert.throws(
        () => make(weak),
        (error) => {
          assert.ok(error instanceof PolicyError);
          assert.ok(error instanceof Error);
          assert.equal(error.name, 'PolicyError');
          assert.equal(error.code, 'ERR_PORTCULLIS_POLICY');
          assert.equal(error.path, '$.keys[0].k');
          assert.match(error.expected, /^expected unpadded base64url\b.*\b32\b.* for HS256/);
          assert.equal(error.message, `policy: ${error.path}: ${error.expected}`);
          return true;
        },
      );
    }
  });

  test('policies that cannot be used', () => {
    const cyclic = makePolicy();
    cyclic.self = cyclic;
    const text = JSON.stringify(makePolicy());
    const cases = [
      ['$', undefined],
      ['$', null],
      ['$', 7],
      ['$', true],
      ['$', () => makePolicy()],
      ['$', Symbol('policy')],
      ['$', []],
      ['$', ''],
      ['$', '{'],
      ['$', 'policy.json'],
      ['$', new Uint8Array(0)],
      ['$', new Uint8Array([0xef, 0xbb, 0xbf, ...Buffer.from(text)])],
      ['$', `\ufeff${text}`],
      ['$', `${text}x`],
      ['$', text.padEnd(524_289)],
      ['$', text.padEnd(10_000_000)],
      ['$', text.padEnd(524_286) + '\u{1f512}'],
      ['$', Buffer.alloc(1_000_000, ' ')],
      ['$', cyclic],
      ['$', makePolicy({ clock_tolerance: 1n })],
      ['$', { toJSON() { throw new Error('no'); } }],
      ['$', { toJSON: () => undefined }],
      ['$', text.replace(secret, `${secret}\ud800`)],
      ['$.algorithms', {}],
      ['$.issuer', makePolicy({ issuer: undefined })],
      ['$.isuer', makePolicy({ isuer: 'x' })],
      ['$["a b"]', makePolicy({ 'a b': 1 })],
      ['$["\\u000a"]', makePolicy({ '\n': 1 })],
      ['$.clock_tolerance', makePolicy({ clock_tolerance: NaN })],
      ['$.clock_tolerance', makePolicy({ clock_tolerance: 301 })],
      ['$.algorithms[1]', makePolicy({ algorithms: ['HS256', 'none'] })],
      ['$.require.scope.any_of', makePolicy({ require: { scope: { any_of: [] } } })],
    ];
    for (const [path, policy] of cases) {
      assert.throws(
        () => new Verifier(policy),
        (error) => {
          assert.ok(error instanceof PolicyError, error.stack);
          assert.equal(error.path, path);
          assert.match(error.expected, /^expected /);
          assert.ok(!error.message.includes(secret));
          return true;
        },
      );
    }
    assert.ok(new Verifier(text.padEnd(524_288)));
  });

  test('Verifier is a class', () => {
    assert.throws(() => Verifier(makePolicy()), TypeError);
    assert.throws(() => Verifier.prototype.verifyToken.call({}, goodToken, now), TypeError);
  });

  test('createHandler: allow answers with the request object of the event', async () => {
    const handler = createHandler(makePolicy());
    const event = makeEvent(`bEARER   ${goodToken}`);
    const before = structuredClone(event);
    const answer = await handler(event);
    assert.equal(answer, event.Records[0].cf.request);
    assert.deepEqual(event, before);
  });

  test('createHandler: deny answers with a response, new each time', async () => {
    const handler = createHandler(
      makePolicy({ require: { permissions: { all_of: ['view:data'] } } }),
    );
    const bearer = (more) => makeEvent(`Bearer ${sign(makeClaims(more))}`);
    const cases = [
      ['credential_missing', makeEvent()],
      ['expired', bearer({ exp: 1 })],
      ['scope_insufficient', bearer({ permissions: ['other:data'] })],
      ['request_malformed', {}],
      ['request_malformed', undefined],
    ];
    for (const [reason, event] of cases) {
      const first = await handler(event);
      assert.deepEqual(first, responses[reason]);
      first.headers = {};
      assert.deepEqual(await handler(event), responses[reason]);
    }
    const granted = bearer({ permissions: ['view:data'] });
    assert.equal(await handler(granted), granted.Records[0].cf.request);
  });

  test('createHandler: an async function of the event', () => {
    const handler = createHandler(makePolicy());
    // Lambda takes a handler of three parameters for a callback handler.
    assert.equal(handler.length, 1);
    assert.equal(handler.constructor.name, 'AsyncFunction');
  });

  test('createHandler: a token ends with the second that it names', async () => {
    const handler = createHandler(makePolicy());
    const exp = Math.floor(Date.now() / 1000) + 2;
    const event = makeEvent(`Bearer ${sign(makeClaims({ exp }))}`);
    const [{ cf: { request } }] = event.Records;
    let [before, after] = [0, 0];
    for (let since = 0; since < 100; ) {
      const begun = Date.now();
      const told = handler(event);
      const ended = Date.now();
      const allowed = (await told) === request;
      if (ended < exp * 1000) {
        assert.ok(allowed, `${exp * 1000 - ended} ms before`);
        before += 1;
      } else if (begun >= exp * 1000) {
        assert.ok(!allowed, `${begun - exp * 1000} ms after`);
        after += 1;
        since = begun - exp * 1000;
      }
    }
    assert.ok(before > 0 && after > 0);
  });

  test('createHandler: a clock that is put in place of Date.now is asked', async (context) => {
    const event = makeEvent(`Bearer ${sign(makeClaims({ exp: 1000 }))}`);
    const [{ cf: { request } }] = event.Records;
    for (const options of [undefined, { onDecision() {} }]) {
      const handler = createHandler(makePolicy(), options);
      assert.equal((await handler(event)).status, '401');
      const clock = context.mock.method(Date, 'now', () => 999_999);
      assert.equal(await handler(event), request);
      clock.mock.restore();
      assert.equal((await handler(event)).status, '401');
      context.mock.timers.enable({ apis: ['Date'], now: 999_000 });
      assert.equal(await handler(event), request);
      assert.equal(await createHandler(makePolicy(), options)(event), request);
      context.mock.timers.reset();
      assert.equal((await handler(event)).status, '401');
    }
  });

  test('createHandler: the longest realm', async () => {
    const realm = `${' '.repeat(31)}~${'r'.repeat(32)}`;
    const answer = await createHandler(makePolicy({ realm }))(makeEvent('Bearer x'));
    assert.equal(
      answer.headers['www-authenticate'][0].value,
      `Bearer realm="${realm}", error="invalid_token"`,
    );
  });

  test('verifiers do not know of each other', () => {
    const other = makePolicy({ keys: [{ secret: 'another secret of thirty-two bytes', encoding: 'utf8' }] });
    const [first, second] = [new Verifier(makePolicy()), new Verifier(other)];
    for (let i = 0; i < 3; ++i) {
      assert.equal(first.verifyToken(goodToken, now).reason, 'ok');
      assert.equal(second.verifyToken(goodToken, now).reason, 'signature_invalid');
    }
  });

  test('verifySignature: answers are booleans, what cannot be asked is an error', () => {
    const { verifySignature, PolicyError } = door;
    const jwk = { kty: 'oct', k: Buffer.alloc(32, 7).toString('base64url') };
    const message = Buffer.from('message');
    const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(message).digest();
    assert.equal(verifySignature('HS256', jwk, message, mac), true);
    assert.equal(verifySignature('HS256', JSON.stringify(jwk), new Uint8Array(message), mac), true);
    assert.equal(verifySignature('HS256', jwk, message, mac.subarray(1)), false);
    assert.equal(verifySignature('HS256', jwk, new Uint8Array(0), new Uint8Array(0)), false);
    for (const [algorithm, key, path] of [
      ['none', jwk, 'alg'],
      ['', jwk, 'alg'],
      ['hs256', jwk, 'alg'],
      ['RS256', jwk, '$'],
      ['HS256', { ...jwk, k: 'AA' }, '$.k'],
      ['HS256', { ...jwk, alg: 'HS512' }, '$.alg'],
      ['HS256', [jwk], '$'],
      ['HS256', '{', '$'],
    ]) {
      assert.throws(
        () => verifySignature(algorithm, key, message, mac),
        (error) => error instanceof PolicyError && error.path === path,
        `${algorithm} ${path}`,
      );
    }
    assert.throws(() => verifySignature(7, jwk, message, mac), TypeError);
    for (const wrong of ['text', undefined, [1], new ArrayBuffer(1), new Uint16Array(1)]) {
      assert.throws(() => verifySignature('HS256', jwk, wrong, mac), TypeError);
      assert.throws(() => verifySignature('HS256', jwk, message, wrong), TypeError);
    }
  });
}

module.exports = { apiTests };
