'use strict';

// The API Gateway authorizer: each kind of event as Amazon's guide gives it.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createAuthorizer } = require('../../bindings-node/authorizer.js');
const native = require('../../bindings-node/native.js');
const wasm = require('../../wasm/index.js');
const { goodToken, makeClaims, makePolicy, sign } = require('./shared/tokens.js');

const policy = makePolicy({
  sources: [{ header: 'authorization' }, { cookie: 'session' }, { query: 'token' }],
  claim_headers: { 'x-user': 'sub' },
  routes: [
    { path: '/public/*', access: 'public' },
    { path: '/*', access: 'public' },
    { path: '/orders/**', methods: ['GET'] },
    { path: '/account/me', challenge: 'login' },
  ],
  challenge: { login: { url: '/login' } },
});
const bearer = `Bearer ${goodToken}`;
const arn = 'arn:aws:execute-api:us-east-1:123456789012:abcdef123/';

function tokenEvent({ path = 'orders/7', token = bearer, method = 'GET' } = {}) {
  return { type: 'TOKEN', authorizationToken: token, methodArn: `${arn}test/${method}/${path}` };
}

/** Of a REST API, and of an HTTP API with payload format 1.0. */
function requestEvent({
  path = 'orders/7',
  method = 'GET',
  headers = { Authorization: [bearer] },
  query = null,
} = {}) {
  const last = (lists) =>
    Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.at(-1)]));
  return {
    type: 'REQUEST',
    methodArn: `${arn}test/${method}/${path}`,
    resource: '/{proxy+}',
    path: `/${path}`,
    httpMethod: method,
    headers: last(headers),
    multiValueHeaders: headers,
    queryStringParameters: query && last(query),
    multiValueQueryStringParameters: query,
    requestContext: { stage: 'test', identity: { sourceIp: '192.0.2.1' } },
  };
}

/** Of an HTTP API with payload format 2.0. */
function httpEvent({
  path = '/orders/7',
  method = 'GET',
  headers = { authorization: bearer },
  cookies,
  query = '',
  stage = '$default',
} = {}) {
  return {
    version: '2.0',
    type: 'REQUEST',
    routeArn: `${arn}${stage}/${method}${path}`,
    routeKey: '$default',
    rawPath: stage === '$default' ? path : `/${stage}${path}`,
    rawQueryString: query,
    ...(cookies && { cookies }),
    headers,
    requestContext: { http: { method, path, sourceIp: '192.0.2.1' }, stage },
  };
}

const verifier = new native.Verifier(policy);
const authorize = createAuthorizer(verifier);

function effectOf({ policyDocument: { Version, Statement } }) {
  assert.equal(Version, '2012-10-17');
  assert.equal(Statement.length, 1);
  assert.equal(Statement[0].Action, 'execute-api:Invoke');
  return Statement[0].Effect;
}

for (const [name, door] of Object.entries({ native, wasm })) {
  test(`${name}: allowed`, async () => {
    const ask = createAuthorizer(new door.Verifier(policy));
    for (const event of [tokenEvent(), requestEvent(), httpEvent()]) {
      assert.deepEqual(await ask(event), {
        principalId: 'u',
        policyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn ?? event.routeArn },
          ],
        },
        context: { reason: 'ok', 'x-user': 'u' },
      });
    }
  });
}

test('denied', async () => {
  const expired = `Bearer ${sign(makeClaims({ exp: 1 }))}`;
  for (const [event, reason] of [
    [tokenEvent({ token: '' }), 'credential_malformed'],
    [tokenEvent({ token: expired }), 'expired'],
    [tokenEvent({ method: 'DELETE' }), 'route_not_found'],
    [tokenEvent({ path: 'orders//7' }), 'path_ambiguous'],
    [requestEvent({ headers: {} }), 'credential_missing'],
    [requestEvent({ headers: { authorization: ['Bearer a', 'Bearer b'] } }), 'credential_malformed'],
    [httpEvent({ headers: {} }), 'credential_missing'],
    [httpEvent({ path: '/account/me', headers: {} }), 'credential_missing'],
    [httpEvent({ method: 'POST' }), 'route_not_found'],
  ]) {
    const answer = await authorize(event);
    assert.equal(effectOf(answer), 'Deny', reason);
    assert.equal(answer.principalId, 'unknown');
    assert.deepEqual(answer.context, { reason });
  }
});

test('a path that is a pattern is not allowed: cached, it would open every path to the token', async () => {
  for (const path of ['*', 'public/*', 'public/a?', 'public/${x}', 'a*']) {
    for (const event of [tokenEvent({ path }), requestEvent({ path }), httpEvent({ path: `/${path}` })]) {
      assert.equal(effectOf(await authorize(event)), 'Deny', path);
    }
  }
  assert.equal(effectOf(await authorize(httpEvent({ path: '/$metadata' }))), 'Allow');
});

test('cookies and queries', async () => {
  const session = `session=${goodToken}`;
  for (const event of [
    requestEvent({ headers: { Cookie: [`a=1; ${session}`] } }),
    requestEvent({ headers: {}, query: { a: ['1', '2'], token: [goodToken] } }),
    httpEvent({ headers: {}, cookies: ['a=1', session] }),
    httpEvent({ headers: { cookie: `a=1; ${session}` }, cookies: ['a=1', session] }),
    httpEvent({ headers: { cookie: session } }),
    httpEvent({ headers: {}, query: `token=${goodToken}` }),
  ]) {
    assert.equal(effectOf(await authorize(event)), 'Allow');
  }
  const twice = requestEvent({ headers: {}, query: { token: [goodToken, goodToken] } });
  assert.equal((await authorize(twice)).context.reason, 'credential_malformed');
  const { multiValueHeaders, multiValueQueryStringParameters, ...single } = requestEvent();
  assert.ok(multiValueHeaders && multiValueQueryStringParameters === null);
  assert.equal(effectOf(await authorize(single)), 'Allow');
});

test('the stage is no part of the path', async () => {
  assert.equal(effectOf(await authorize(httpEvent({ stage: 'test' }))), 'Allow');
  assert.equal((await authorize(httpEvent({ stage: 'orders', path: '/test' }))).context.reason, 'ok');
  const root = { ...httpEvent({ path: '/', stage: 'test', headers: {} }), rawPath: '/test' };
  assert.equal((await authorize(root)).context.reason, 'route_not_found');
});

test('simple answers', async () => {
  const simple = createAuthorizer(verifier, { simple: true });
  assert.deepEqual(await simple(httpEvent()), {
    isAuthorized: true,
    context: { reason: 'ok', 'x-user': 'u' },
  });
  assert.deepEqual(await simple(httpEvent({ headers: {} })), {
    isAuthorized: false,
    context: { reason: 'credential_missing' },
  });
});

test('Unauthorized can be thrown', async () => {
  const ask = createAuthorizer(verifier, { unauthorized: 'throw' });
  for (const event of [
    requestEvent({ headers: {} }),
    tokenEvent({ token: 'Bearer x' }),
    requestEvent({ path: 'account/me', headers: {} }),
  ]) {
    await assert.rejects(ask(event), { message: 'Unauthorized' });
  }
  assert.equal(effectOf(await ask(requestEvent({ method: 'DELETE' }))), 'Deny');
  assert.equal(effectOf(await ask(requestEvent())), 'Allow');
});

test('what is no event is denied', async () => {
  const simple = createAuthorizer(verifier, { simple: true });
  for (const event of [
    undefined,
    null,
    {},
    [],
    7,
    'x',
    { type: 'TOKEN' },
    { version: '2.0' },
    { type: 'REQUEST', methodArn: arn },
    { ...httpEvent(), rawPath: null },
    { ...httpEvent(), requestContext: null },
  ]) {
    const answer = await authorize(event);
    assert.equal(effectOf(answer), 'Deny');
    assert.equal(answer.context.reason, 'request_malformed');
    assert.equal((await simple(event)).isAuthorized, false);
  }
});

test('shadow mode and listeners', async () => {
  const lines = [];
  const shadow = new native.Verifier({ ...policy, mode: 'shadow' });
  const fail = () => {
    throw new Error('a listener failed');
  };
  const ask = createAuthorizer(shadow, { log: (line) => lines.push(JSON.parse(line)), onDecision: fail });
  assert.equal(effectOf(await ask(httpEvent({ headers: {} }))), 'Allow');
  assert.equal(lines[0].reason, 'credential_missing');
});
