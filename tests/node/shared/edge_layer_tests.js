'use strict';

// What every JavaScript door does for a policy with an edge layer (docs/edge.md). What is decided is the
// business of the vectors; here is what a door makes of it.

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { now, farAway, sign, makeClaims, makePolicy, makeEvent, goodToken } = require('./tokens.js');

const responseVectors = join(__dirname, '../../vectors/edge/responses');

const proofSecret = 'a secret of the tests for proofs alone';
const bearer = `Bearer ${goodToken}`;

/** An event whose request has these members; a header's value may be one string, or a list of them. */
function makeRequest({ headers = {}, ...members } = {}) {
  const event = makeEvent();
  const { request } = event.Records[0].cf;
  delete request.headers.authorization;
  for (const [name, values] of Object.entries(headers)) {
    request.headers[name] = [values].flat().map((value) => ({ key: name, value }));
  }
  Object.assign(request, members);
  return event;
}

const requestOf = (event) => event.Records[0].cf.request;

const routes = [
  { path: '/public/**', access: 'public' },
  { path: '/closed/**', access: 'deny' },
  { path: '/admin/**', require: { roles: { all_of: ['admin'] } } },
  { path: '/api/*', methods: ['GET'] },
];

function edgeLayerTests(door) {
  const { Verifier, PolicyError, createHandler, checkResponse } = door;

  test('edge: kinds, reasons, statuses and routes', () => {
    const verifier = new Verifier(makePolicy({ routes }));
    const authorization = bearer;
    const cases = [
      ['allow', 'ok', undefined, 0, { uri: '/public/a' }],
      ['deny', 'route_denied', 403, 1, { uri: '/closed/a', headers: { authorization } }],
      ['deny', 'scope_insufficient', 403, 2, { uri: '/admin/a', headers: { authorization } }],
      ['deny', 'credential_missing', 401, 3, { uri: '/api/a' }],
      ['allow', 'ok', undefined, 3, { uri: '/api/a', headers: { authorization } }],
      ['deny', 'credential_malformed', 401, 3, { uri: '/api/a', headers: { authorization: [authorization, 'x'] } }],
      ['deny', 'route_not_found', 403, undefined, { uri: '/api/a', method: 'POST', headers: { authorization } }],
      ['deny', 'route_not_found', 403, undefined, { uri: '/', headers: { authorization } }],
      ['deny', 'path_ambiguous', 400, undefined, { uri: '/public//a' }],
    ];
    for (const [kind, reason, status, route, members] of cases) {
      const event = makeRequest(members);
      const before = structuredClone(event);
      const decision = verifier.verify(event, now);
      const told = { kind: decision.kind, reason: decision.reason, status: decision.status, route: decision.route };
      assert.deepEqual(told, { kind, reason, status, route }, JSON.stringify(members));
      assert.equal(decision.allowed, kind === 'allow');
      assert.equal(decision.edits, undefined);
      assert.equal(decision.response?.status, status?.toString());
      assert.deepEqual(event, before);
    }
  });

  test('edge: claims of a token that passed, none on a public route', () => {
    const verifier = new Verifier(makePolicy({ routes }));
    const headers = { authorization: bearer };
    const decision = verifier.verify(makeRequest({ uri: '/api/a', headers }), now);
    assert.deepEqual(decision.claims, makeClaims());
    assert.equal(decision.claims, decision.claims);
    const open = verifier.verify(makeRequest({ uri: '/public/a', headers }), now);
    assert.equal(open.allowed, true);
    assert.equal(open.claims, undefined);
    const denied = verifier.verify(makeRequest({ uri: '/api/a' }), now);
    assert.equal(denied.claims, undefined);
    assert.throws(() => { denied.allowed = true; }, TypeError);
  });

  test('edge: allow answers with the request object itself, untouched without edits', async () => {
    const handler = createHandler(makePolicy({ routes }));
    assert.equal(handler.length, 1);
    assert.equal(handler.constructor.name, 'AsyncFunction');
    for (const members of [
      { uri: '/api/a', headers: { authorization: bearer, 'x-user': 'me' } },
      { uri: '/public/a' },
    ]) {
      const event = Object.freeze(makeRequest(members));
      Object.freeze(requestOf(event));
      const before = structuredClone(event);
      assert.equal(await handler(event), requestOf(event));
      assert.deepEqual(event, before);
    }
  });

  test('edge: what is no request, and shapes that a request may not have', async () => {
    const policy = makePolicy({ routes, sources: [{ header: 'authorization' }, { cookie: 'session' }] });
    const verifier = new Verifier(policy);
    const handler = createHandler(policy);
    const good = () => makeRequest({ uri: '/api/a', headers: { authorization: bearer } });
    const change = (make) => {
      const event = good();
      make(requestOf(event));
      return event;
    };
    const throwing = (object, name) =>
      Object.defineProperty(object, name, { get() { throw new Error('no'); } });
    const cases = [
      ['request_malformed', undefined],
      ['request_malformed', {}],
      ['request_malformed', { Records: [] }],
      ['request_malformed', change((request) => { delete request.method; })],
      ['request_malformed', change((request) => { request.method = ['GET']; })],
      ['request_malformed', change((request) => { delete request.uri; })],
      ['request_malformed', change((request) => { request.uri = Object('/api/a'); })],
      ['request_malformed', change((request) => { request.uri = '/api/a\0'; })],
      ['request_malformed', change((request) => { request.uri = `/api/${'a'.repeat(70_000)}`; })],
      ['request_malformed', change((request) => { request.querystring = 'q'.repeat(10_000_000); })],
      ['request_malformed', change((request) => throwing(request, 'headers'))],
      ['request_malformed', change((request) => throwing(request.headers, 'authorization'))],
      ['request_malformed', change((request) => { request.then = () => {}; })],
      ['ok', change((request) => { delete request.querystring; })],
      ['ok', change((request) => { request.clientIp = null; })],
      ['ok', change((request) => { request.headers = new Proxy(request.headers, {}); })],
      ['credential_missing', change((request) => { delete request.headers; })],
      ['credential_missing', change((request) => { request.headers.authorization = []; })],
      ['credential_missing', change((request) => { request.headers.authorization = null; })],
      ['credential_malformed', change((request) => { request.headers = []; })],
      ['credential_malformed', change((request) => { request.headers.authorization = bearer; })],
      ['credential_malformed', change((request) => { request.headers.authorization = [bearer]; })],
      ['credential_malformed', change((request) => { request.headers.authorization = [{ value: null }]; })],
      ['path_ambiguous', change((request) => { request.uri = '/api/\u0001'; })],
    ];
    for (const [at, [reason, event]] of cases.entries()) {
      assert.equal(verifier.verify(event, now).reason, reason, `case ${at}`);
      const answer = await handler(event);
      if (reason === 'ok') assert.equal(answer, requestOf(event));
      else assert.match(answer.status, /^[45]/);
    }
  });

  test('edge: a name that every object has is a header like any other', () => {
    const verifier = new Verifier(makePolicy({ sources: [{ header: 'constructor' }] }));
    assert.equal(verifier.verify(makeRequest(), now).reason, 'credential_missing');
    const headers = { constructor: goodToken };
    assert.equal(verifier.verify(makeRequest({ headers }), now).reason, 'ok');
  });

  test('edge: several Cookie headers are one', () => {
    const verifier = new Verifier(makePolicy({ sources: [{ cookie: 'session' }] }));
    const session = `session=${goodToken}`;
    const cases = [
      ['ok', session],
      ['ok', [session, 'a=b']],
      ['ok', ['a=b; c=d', session, 'e=f']],
      ['credential_malformed', [session, session]],
      ['credential_missing', ['a=b', 'c=d']],
      ['credential_missing', []],
    ];
    for (const [reason, cookie] of cases) {
      assert.equal(verifier.verify(makeRequest({ headers: { cookie } }), now).reason, reason);
    }
    for (const wrong of [null, {}, { value: 7 }, 'a=b']) {
      const event = makeRequest({ headers: { cookie: [session, 'a=b'] } });
      requestOf(event).headers.cookie[1] = wrong;
      assert.equal(verifier.verify(event, now).reason, 'credential_malformed');
    }
  });

  test('edge: claims go on as headers, and no client can send them', async () => {
    const policy = makePolicy({
      claim_headers: { 'x-user': 'sub', 'x-plan': 'plan', 'x-none': 'none', x_under: 'sub' },
      routes: [{ path: '/public/**', access: 'public' }, { path: '/**' }],
    });
    const handler = createHandler(policy);
    const spoofed = {
      'x-user': 'root', 'X-User': 'root', x_user: 'root', X_UsEr: 'root', 'x-none': 'root', 'x-under': 'root',
      'x-users': 'stays', accept: '*/*',
    };
    const left = ['accept', 'host', 'x-users'];

    const open = makeRequest({ uri: '/public/a', headers: spoofed });
    assert.equal(await handler(open), requestOf(open));
    assert.deepEqual(Object.keys(requestOf(open).headers).sort(), left);

    const token = sign(makeClaims({ plan: ['gold', 'beta'] }));
    const event = makeRequest({ headers: { ...spoofed, authorization: `Bearer ${token}` } });
    const { edits } = new Verifier(policy).verify(event, now);
    assert.deepEqual(edits.set, { 'x-user': 'u', 'x-plan': 'gold,beta', x_under: 'u' });
    assert.equal(await handler(event), requestOf(event));
    const { headers } = requestOf(event);
    assert.deepEqual(Object.keys(headers).sort(), [...left, 'authorization', 'x-plan', 'x-user', 'x_under'].sort());
    assert.deepEqual(headers['x-user'], [{ key: 'x-user', value: 'u' }]);
    assert.deepEqual(headers['x-plan'], [{ key: 'x-plan', value: 'gold,beta' }]);

    // What cannot be cleaned does not go on.
    const frozen = makeRequest({ uri: '/public/a', headers: spoofed });
    Object.freeze(requestOf(frozen).headers);
    assert.equal((await handler(frozen)).status, '500');
    const odd = makeRequest({ uri: '/public/a' });
    requestOf(odd).headers = [];
    assert.equal((await handler(odd)).status, '500');

    const bare = makeRequest({ uri: '/public/a' });
    delete requestOf(bare).headers;
    assert.deepEqual(await handler(bare), requestOf(bare));
    assert.ok(!('headers' in requestOf(bare)));
  });

  test('edge: a token is taken out of the request', async () => {
    const handler = createHandler(makePolicy({
      sources: [
        { header: 'x-token', strip: true },
        { cookie: 'session', strip: true },
        { query: 'token', strip: true },
      ],
    }));
    const cookies = (value) => [{ key: 'Cookie', value }];

    let event = makeRequest({ headers: { 'x-token': goodToken, cookie: 'a=b' }, querystring: 'q=1' });
    assert.equal(await handler(event), requestOf(event));
    assert.ok(!('x-token' in requestOf(event).headers));
    assert.equal(requestOf(event).headers.cookie[0].value, 'a=b');
    assert.equal(requestOf(event).querystring, 'q=1');

    event = makeRequest({ headers: { cookie: ['a=b', `session=${goodToken}`, 'c=d'] } });
    await handler(event);
    assert.deepEqual(requestOf(event).headers.cookie, cookies('a=b; c=d'));

    event = makeRequest({ headers: { cookie: `session=${goodToken}` } });
    await handler(event);
    assert.ok(!('cookie' in requestOf(event).headers));

    event = makeRequest({ querystring: `a=1&token=${goodToken}&b=2` });
    await handler(event);
    assert.equal(requestOf(event).querystring, 'a=1&b=2');

    event = makeRequest({ querystring: `token=${goodToken}` });
    await handler(event);
    assert.equal(requestOf(event).querystring, '');
  });

  test('edge: a preflight is answered, and a denial can be read', async () => {
    const policy = makePolicy({
      cors: { origins: ['https://app.example'], methods: ['GET', 'PUT'], credentials: true, max_age: 600 },
    });
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'PUT' };
    const preflight = makeRequest({ method: 'OPTIONS', headers });
    const decision = new Verifier(policy).verify(preflight, now);
    assert.equal(decision.kind, 'answer');
    assert.equal(decision.allowed, false);
    assert.equal(decision.reason, 'preflight_answered');
    assert.equal(decision.status, 204);
    const handler = createHandler(policy);
    const answer = await handler(preflight);
    assert.deepEqual(answer, decision.response);
    assert.notEqual(answer, await handler(preflight));
    assert.equal(answer.status, '204');
    assert.ok(!('body' in answer));
    assert.equal(answer.headers['access-control-allow-origin'][0].value, 'https://app.example');

    const refused = await handler(makeRequest({ method: 'OPTIONS', headers: { ...headers, origin: 'https://x.example' } }));
    assert.equal(refused.status, '403');
    const denied = await handler(makeRequest({ headers: { origin: 'https://app.example' } }));
    assert.equal(denied.status, '401');
    assert.equal(denied.headers['access-control-allow-origin'][0].value, 'https://app.example');
  });

  test('edge: to the login page, and back to a path of this site', async () => {
    const policy = makePolicy({ challenge: { login: { url: 'https://login.example/', return_parameter: 'to' } } });
    const event = makeRequest({ uri: '/a%20b', querystring: 'q=1&x=/' });
    const decision = new Verifier(policy).verify(event, now);
    assert.equal(decision.kind, 'challenge');
    assert.equal(decision.reason, 'credential_missing');
    assert.equal(decision.status, 302);
    const answer = await createHandler(policy)(event);
    assert.deepEqual(answer, decision.response);
    assert.equal(answer.status, '302');
    const location = new URL(answer.headers.location[0].value);
    assert.equal(location.origin, 'https://login.example');
    assert.equal(location.searchParams.get('to'), '/a%20b?q=1&x=/');
    assert.equal(new Verifier(policy).verify(makeRequest({ method: 'POST' }), now).status, 401);
  });

  test('edge: a challenge is answered with a proof', () => {
    const policy = makePolicy({
      challenge: { page: { url: '/prove', key: { secret: proofSecret, encoding: 'utf8' } } },
      routes: [{ path: '/**', access: 'public', challenge: 'page' }],
    });
    const verifier = new Verifier(policy);
    const clientIp = '203.0.113.7';
    const first = verifier.verify(makeRequest(), now);
    assert.equal(first.reason, 'proof_missing');
    assert.equal(first.kind, 'challenge');
    const { value } = first.response.headers.location[0];
    const challenge = new URL(value, 'https://d.example').searchParams.get('challenge');
    const proof = verifier.answerChallenge(challenge, clientIp, now + 1);
    assert.equal(typeof proof, 'string');
    const withProof = (address) =>
      makeRequest({ clientIp: address, headers: { cookie: `__Host-portcullis-proof=${proof}` } });
    assert.equal(verifier.verify(withProof(clientIp), now + 2).reason, 'ok');
    assert.equal(verifier.verify(withProof('203.0.113.8'), now + 2).reason, 'proof_missing');
    assert.equal(verifier.verify(withProof(clientIp), now + 86_400).reason, 'proof_missing');

    assert.equal(verifier.answerChallenge(challenge, '203.0.113.8', now), undefined);
    assert.equal(verifier.answerChallenge(challenge, clientIp, now + 301), undefined);
    assert.equal(verifier.answerChallenge(proof, clientIp, now), undefined);
    for (const wrong of [undefined, null, '', 'x', 7, {}, [challenge], `${challenge}x`, 'c'.repeat(1e6), '\0']) {
      assert.equal(verifier.answerChallenge(wrong, clientIp, now), undefined);
      assert.equal(verifier.answerChallenge(challenge, wrong, now), undefined);
    }
    assert.throws(() => verifier.answerChallenge(challenge, clientIp, 1.5), RangeError);
    assert.equal(new Verifier(makePolicy()).answerChallenge(challenge, clientIp, now), undefined);
  });

  test('edge: a rate limit counts from one request to the next', () => {
    const verifier = new Verifier(makePolicy({
      rate_limit: { address: { requests: 2, seconds: 10 } },
    }));
    const ask = (clientIp, at) => verifier.verify(makeRequest({ clientIp, headers: { authorization: bearer } }), at);
    assert.equal(ask('203.0.113.7', now).reason, 'ok');
    assert.equal(ask('203.0.113.7', now).reason, 'ok');
    const over = ask('203.0.113.7', now);
    assert.equal(over.reason, 'rate_limited');
    assert.equal(over.status, 429);
    assert.match(over.response.headers['retry-after'][0].value, /^\d+$/);
    assert.equal(ask('203.0.113.8', now).reason, 'ok');
    assert.equal(ask('203.0.113.7', now + 10).reason, 'ok');
  });

  test('edge: the token cache changes no answer', () => {
    const verifier = new Verifier(makePolicy({ token_cache: { entries: 256 } }));
    const token = sign(makeClaims({ exp: now + 10 }));
    const event = makeRequest({ headers: { authorization: `Bearer ${token}` } });
    for (let i = 0; i < 20; ++i) {
      const decision = verifier.verify(event, now);
      assert.equal(decision.reason, 'ok');
      assert.equal(decision.claims.exp, now + 10);
      assert.equal(verifier.verify(event, now + 10).reason, 'expired');
      assert.equal(verifier.verify(makeRequest({ headers: { authorization: `Bearer ${token}x` } }), now).allowed, false);
    }
  });

  test('edge: the largest tables fit', () => {
    const verifier = new Verifier(makePolicy({
      routes: Array.from({ length: 1000 }, (_, i) => ({ path: `/${'r'.repeat(200)}/${i}` })),
      rate_limit: {
        address: { requests: 1_000_000, seconds: 1 },
        subject: { requests: 1_000_000, seconds: 1 },
        entries: 65_536,
      },
      token_cache: { entries: 4096 },
    }));
    for (let i = 0; i < 1000; ++i) {
      const authorization = `Bearer ${sign(makeClaims({ sub: `${i}`, filling: 'x'.repeat(1000) }))}`;
      const event = makeRequest({ uri: `/${'r'.repeat(200)}/${i}`, clientIp: `203.0.113.${i % 250}`, headers: { authorization } });
      const decision = verifier.verify(event, now);
      assert.equal(decision.reason, 'ok');
      assert.equal(decision.route, i);
    }
  });

  test('edge: shadow mode lets through and says what would have been', async () => {
    const policy = makePolicy({
      mode: 'shadow',
      claim_headers: { 'x-user': 'sub' },
      routes: [{ path: '/closed/**', access: 'deny' }, { path: '/**' }],
    });
    const lines = [];
    const handler = createHandler(policy, { log: (line) => lines.push(JSON.parse(line)) });
    const closed = makeRequest({ uri: '/closed/a', headers: { 'x-user': 'root', authorization: bearer } });
    const decision = new Verifier(policy).verify(closed, now);
    assert.equal(decision.reason, 'route_denied');
    assert.equal(decision.response.status, '403');
    assert.equal(decision.shadow, true);
    assert.deepEqual(JSON.parse(decision.logLine), {
      decision: 'deny', reason: 'route_denied', status: 403, route: '/closed/**', mode: 'shadow',
    });
    assert.deepEqual(decision.edits, { remove: ['x-user'] });
    assert.equal(await handler(closed), requestOf(closed));
    assert.ok(!('x-user' in requestOf(closed).headers));
    const open = makeRequest({ headers: { authorization: bearer } });
    assert.equal(await handler(open), requestOf(open));
    assert.equal(requestOf(open).headers['x-user'][0].value, 'u');
    assert.equal(lines.length, 1);
    const { latency, ...line } = lines[0];
    assert.match(latency, /^(<0\.1ms|<1ms|<10ms|<100ms|>=100ms)$/);
    assert.deepEqual(line, {
      decision: 'deny', reason: 'route_denied', status: 403, route: '/closed/**', mode: 'shadow',
    });
    assert.equal((await handler({})).status, '500');
  });

  test('edge: log lines', async () => {
    const policy = (decisions) =>
      makePolicy({ log: { decisions, claims: ['sub', 'plan'] }, routes: [{ path: '/a/**' }] });
    const lines = [];
    const log = (line) => lines.push(line);
    const withId = (event, requestId) => {
      event.Records[0].cf.config.requestId = requestId;
      return event;
    };
    const allowed = () => makeRequest({ uri: '/a/b', headers: { authorization: bearer } });
    const denied = () => makeRequest({ uri: '/a/secret', querystring: 'token=x' });

    for (const [decisions, wanted] of [['all', 2], ['denied', 1], ['none', 0]]) {
      const verifier = new Verifier(policy(decisions));
      const told = [denied(), allowed()].map((event) => verifier.verify(event, now));
      assert.deepEqual(told.map(({ shadow }) => shadow), [false, false]);
      assert.equal(told.filter(({ logLine }) => logLine !== undefined).length, wanted);
    }
    const plain = new Verifier(makePolicy()).verify(denied(), now);
    assert.deepEqual([plain.shadow, plain.logLine], [false, undefined]);

    await createHandler(policy('none'), { log })(withId(denied(), 'id'));
    await createHandler(policy('denied'), { log })(withId(allowed(), 'id'));
    assert.deepEqual(lines, []);

    await createHandler(policy('denied'), { log })(withId(denied(), 'an "id"'));
    const [first] = lines;
    assert.ok(!first.includes('\n'));
    const { latency, ...told } = JSON.parse(first);
    assert.match(latency, /ms$/);
    assert.deepEqual(told, {
      decision: 'deny', reason: 'credential_missing', status: 401, route: '/a/**', requestId: 'an "id"',
    });

    const handler = createHandler(policy('all'), { log });
    await handler(withId(allowed(), 'x'.repeat(128)));
    const last = JSON.parse(lines[1]);
    assert.equal(last.decision, 'allow');
    assert.equal(last.requestId.length, 128);
    assert.deepEqual(last.claims, { sub: 'u' });
    assert.ok(!lines[1].includes(goodToken));

    for (const requestId of ['x'.repeat(129), 7, null, undefined, {}]) {
      await handler(withId(allowed(), requestId));
      assert.ok(!('requestId' in JSON.parse(lines.at(-1))));
    }
    const event = allowed();
    delete event.Records[0].cf.config;
    await handler(event);
    await handler(undefined);
    assert.equal(JSON.parse(lines.at(-1)).reason, 'request_malformed');
    assert.equal(lines.length, 9);
  });

  test('edge: the longest line', () => {
    const names = Array.from({ length: 16 }, (_, i) => `claim-${i}`);
    const claims = Object.fromEntries(names.map((name, i) => [name, '"'.repeat(i < 5 ? 1024 : 8)]));
    const verifier = new Verifier(makePolicy({ log: { decisions: 'all', claims: names } }));
    const event = makeRequest({ headers: { authorization: `Bearer ${sign(makeClaims(claims))}` } });
    const { reason, logLine } = verifier.verify(event, now);
    assert.equal(reason, 'ok');
    assert.ok(logLine.length > 8192);
    assert.deepEqual(JSON.parse(logLine).claims, claims);
  });

  test('edge: lines go to console.log unless a function is given', async (t) => {
    const printed = [];
    const handler = createHandler(makePolicy({ log: { decisions: 'all' } }));
    t.mock.method(console, 'log', (...rest) => { printed.push(rest); });
    await handler(makeRequest());
    assert.equal(printed.length, 1);
    assert.equal(JSON.parse(printed[0][0]).reason, 'credential_missing');
  });

  for (const [name, policy, route] of [
    ['a policy about tokens alone', makePolicy(), undefined],
    ['an edge policy', makePolicy({ routes: [{ path: '/**' }] }), 0],
  ]) {
    test(`onDecision: ${name}`, async () => {
      const told = [];
      const handler = createHandler(policy, { onDecision: (info) => { told.push(info); } });
      assert.equal(handler.length, 1);
      const event = makeRequest({ headers: { authorization: bearer } });
      assert.equal(await handler(event), requestOf(event));
      assert.equal((await handler(makeRequest())).status, '401');
      for (const { milliseconds } of told) assert.ok(milliseconds >= 0 && milliseconds < 10_000);
      assert.deepEqual(
        told.map(({ milliseconds, ...rest }) => rest),
        [
          { kind: 'allow', reason: 'ok', status: undefined, route },
          { kind: 'deny', reason: 'credential_missing', status: 401, route },
        ],
      );
    });

    test(`what a listener throws or rejects with changes nothing: ${name}`, async () => {
      const logging = { ...policy, ...(route === undefined ? {} : { log: { decisions: 'all' } }) };
      for (const listener of [
        () => { throw new Error('no'); },
        async () => { throw new Error('no'); },
        () => ({ get then() { throw new Error('no'); } }),
      ]) {
        const handler = createHandler(logging, { log: listener, onDecision: listener });
        const event = makeRequest({ headers: { authorization: bearer } });
        assert.equal(await handler(event), requestOf(event));
        assert.equal((await handler(makeRequest())).status, '401');
        await new Promise((resolve) => { setImmediate(resolve); });
      }
    });

    test(`listeners are functions: ${name}`, () => {
      for (const options of [{ log: 'x' }, { onDecision: {} }, { log: null }]) {
        assert.throws(() => createHandler(policy, options), TypeError);
      }
      for (const options of [undefined, null, {}, 0, { log: undefined }]) assert.ok(createHandler(policy, options));
    });
  }

  test('edge: a bare token is judged by what is asked of tokens', () => {
    const verifier = new Verifier(makePolicy({ routes }));
    const decision = verifier.verifyToken(goodToken, now);
    assert.equal(decision.reason, 'ok');
    assert.deepEqual(decision.claims, makeClaims());
    assert.equal(verifier.verifyToken('x', now).status, 401);
    assert.throws(() => verifier.verify(makeRequest(), 1.5), RangeError);
  });

  test('edge: PolicyError says where and what', () => {
    const cases = [
      ['$.routes', makePolicy({ routes: {} })],
      ['$.routes[0].path', makePolicy({ routes: [{ path: 'a' }] })],
      ['$.sources[0].header', makePolicy({ sources: [{ header: 'X' }] })],
      ['$.sources[0]', makePolicy({ sources: [{}] })],
      ['$.claim_headers.host', makePolicy({ claim_headers: { host: 'sub' } })],
      ['$.cors.origins', makePolicy({ cors: { max_age: 1 } })],
      ['$.mode', makePolicy({ mode: 'off' })],
      ['$.rout', makePolicy({ rout: [] })],
      ['$.routes[0].rout', makePolicy({ routes: [{ path: '/', rout: 1 }] })],
    ];
    for (const [path, policy] of cases) {
      for (const make of [() => new Verifier(policy), () => createHandler(policy)]) {
        assert.throws(make, (error) => {
          assert.ok(error instanceof PolicyError, error.stack);
          assert.equal(error.path, path);
          assert.match(error.expected, /^expected \S/);
          assert.doesNotMatch(error.expected, /undefined/);
          assert.equal(error.cause, undefined);
          return true;
        });
      }
    }
  });

  test('edge: tables that strangers fill are keyed, as soon as the host gives random values', async (t) => {
    const real = crypto.getRandomValues.bind(crypto);
    let given = 0;
    let silent = false;
    t.mock.method(crypto, 'getRandomValues', (bytes) => {
      if (silent) throw new Error('not yet');
      given += bytes.length;
      return real(bytes);
    });
    const policy = makePolicy({ token_cache: { entries: 16 } });
    const event = makeRequest({ headers: { authorization: bearer } });
    const make = () => createHandler(policy);
    await make()(event);
    assert.equal(given, 16);
    silent = true;
    const late = make();
    assert.equal((await late(event)).status, '500');
    silent = false;
    for (let i = 0; i < 3; ++i) assert.equal(await late(event), requestOf(event));
    assert.equal(given, 32);
  });

  test('edge: each response is one that CloudFront takes', async () => {
    const policy = makePolicy({
      routes: [...routes, { path: '/login/**', challenge: 'login' }, { path: '/prove/**', challenge: 'page' }],
      challenge: {
        login: { url: '/login', return_parameter: 'to' },
        page: { url: '/prove', key: { secret: proofSecret, encoding: 'utf8' }, return_parameter: 'to' },
      },
      cors: { origins: '*' },
    });
    const handler = createHandler(policy);
    const uris = ['/closed/a', '/admin/a', '/api/a', '/', '/api//', '/login/a', '/login/\u00e4\r\nx', '/prove/%41?', `/login/${'a'.repeat(8000)}`];
    const statuses = new Set();
    for (const uri of uris) {
      for (const querystring of ['', 'a=1&b=%0d%0a', '"\\', '\r\nset-cookie: x']) {
        const answer = await handler(makeRequest({ uri, querystring, headers: { origin: 'https://a.example' } }));
        assert.match(answer.status, /^(302|40[013])$/);
        statuses.add(answer.status);
        for (const eventType of ['viewer-request', 'origin-request']) {
          assert.deepEqual(checkResponse(answer, { eventType }), []);
        }
      }
    }
    assert.deepEqual([...statuses].sort(), ['302', '400', '401', '403']);
  });

  test('checkResponse: the vectors', () => {
    let checked = 0;
    for (const name of readdirSync(responseVectors)) {
      for (const item of JSON.parse(readFileSync(join(responseVectors, name), 'utf8')).cases) {
        const fill = (value) => {
          if (item.fill === undefined || value === undefined) return value;
          const { mark, text, count } = item.fill;
          const filled = JSON.stringify(text.repeat(count)).slice(1, -1);
          return JSON.parse(JSON.stringify(value).replaceAll(mark, () => filled));
        };
        const response = item.response_base64 === undefined
          ? item.response_text ?? fill(item.response)
          : Buffer.from(item.response_base64, 'base64');
        const original = item.original_text ?? item.original;
        for (const eventType of item.events) {
          const found = checkResponse(response, { eventType, original });
          assert.deepEqual(found.map(({ rule, path }) => ({ rule, path })), item.findings, `${item.id} ${eventType}`);
          for (const { sentence, source } of found) assert.ok(sentence.length > 10 && source.length > 5);
          checked += 1;
        }
      }
    }
    assert.ok(checked >= 400, `${checked} checks`);
  });

  test('checkResponse: what is no response, and what is no event type', () => {
    const cyclic = {};
    cyclic.self = cyclic;
    for (const response of [undefined, () => {}, Symbol('x'), cyclic, { status: 1n }, '', '{']) {
      const [{ rule }] = checkResponse(response, { eventType: 'viewer-request' });
      assert.equal(rule, 'not_json');
    }
    assert.equal(checkResponse(null, { eventType: 'viewer-request' })[0].rule, 'not_object');
    const [{ rule, path }] = checkResponse({ status: '200' }, { eventType: 'viewer-response', original: () => {} });
    assert.deepEqual([rule, path], ['original_invalid', 'original']);
    for (const options of [undefined, null, {}, { eventType: 'viewer' }, { eventType: 0 }]) {
      assert.throws(() => checkResponse({ status: '200' }, options), TypeError);
    }
    const large = { status: '200', body: 'x'.repeat(10_000_000) };
    assert.equal(checkResponse(large, { eventType: 'origin-request' })[0].rule, 'response_too_large');
    assert.deepEqual(checkResponse({ status: '200' }, { eventType: 'origin-request' }), []);
  });

  test('a policy about tokens alone is judged as before', async () => {
    const policy = makePolicy();
    assert.equal(new Verifier(policy).verify(makeRequest({ headers: { authorization: bearer } }), now).route, undefined);
    const exp = farAway + 1;
    const event = makeRequest({ headers: { authorization: `Bearer ${sign(makeClaims({ exp }))}` } });
    delete requestOf(event).method; // is not read
    assert.equal(await createHandler(policy)(event), requestOf(event));
  });
}

module.exports = { edgeLayerTests, makeRequest, requestOf };
