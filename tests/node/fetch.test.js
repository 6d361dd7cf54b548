'use strict';

// The Fetch adapter behind a real server, which makes a Request of what comes in.

const assert = require('node:assert/strict');
const http = require('node:http');
const { once } = require('node:events');
const { Readable } = require('node:stream');
const { test } = require('node:test');
const { createGuard } = require('../../bindings-node/fetch.js');
const native = require('../../bindings-node/native.js');
const wasm = require('../../wasm/index.js');
const { goodToken, makePolicy } = require('./shared/tokens.js');

const policy = makePolicy({
  sources: [
    { header: 'authorization', strip: true },
    { cookie: 'session', strip: true },
    { query: 'token', strip: true },
  ],
  claim_headers: { 'x-user': 'sub' },
  routes: [
    { path: '/public/**', access: 'public' },
    { path: '/account', challenge: 'login' },
    { path: '/orders/**' },
  ],
  challenge: { login: { url: '/login', return_parameter: 'to' } },
  cors: { origins: ['https://app.example'] },
});
const authorization = `Bearer ${goodToken}`;

function makeRequest(req) {
  const headers = new Headers();
  for (let i = 0; i < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i], req.rawHeaders[i + 1]);
  const bodyless = req.method === 'GET' || req.method === 'HEAD';
  const body = bodyless ? undefined : Readable.toWeb(req);
  return new Request(`http://d.example${req.url}`, { method: req.method, headers, body, duplex: 'half' });
}

async function echo({ request, claims }) {
  const headers = Object.fromEntries(request.headers);
  const body = await request.text();
  return Response.json({ url: request.url, method: request.method, headers, claims: claims ?? null, body });
}

async function serve(guard, use) {
  const server = http.createServer(async (req, res) => {
    const passed = {};
    const answer = guard(makeRequest(req), passed) ?? (await echo(passed));
    res.writeHead(answer.status, Object.fromEntries(answer.headers));
    res.end(Buffer.from(await answer.arrayBuffer()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const base = `http://127.0.0.1:${server.address().port}`;
  try {
    await use((path, options) => fetch(base + path, { redirect: 'manual', ...options }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

for (const [name, door] of Object.entries({ native, wasm })) {
  test(`${name}: allowed with claims, body and all`, async () => {
    await serve(createGuard(new door.Verifier(policy)), async (ask) => {
      const headers = { authorization, 'x-user': 'root', x_user: 'root', 'x-other': '1' };
      const answer = await ask('/orders/7?a=1', { method: 'POST', body: 'hello', headers });
      const told = await answer.json();
      assert.equal(answer.status, 200);
      assert.equal(told.claims.sub, 'u');
      assert.equal(told.body, 'hello');
      assert.equal(told.method, 'POST');
      assert.equal(told.url, 'http://d.example/orders/7?a=1');
      assert.equal(told.headers['x-user'], 'u');
      assert.equal(told.headers['x-other'], '1');
      assert.ok(!JSON.stringify(told).includes('root'));
      assert.ok(!JSON.stringify(told).includes(goodToken));
    });
  });

  test(`${name}: refused by path`, async () => {
    await serve(createGuard(new door.Verifier(policy)), async (ask) => {
      const expected = { '/orders/7': 401, '/nowhere': 403, '/orders//7': 400, '/public%2F..%2Forders': 400 };
      for (const [path, status] of Object.entries(expected)) {
        const answer = await ask(path);
        assert.equal(answer.status, status, path);
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.ok((await answer.json()).error);
      }
      const open = await (await ask('/public/a', { headers: { 'x-user': 'root' } })).json();
      assert.equal(open.claims, null);
      assert.equal(open.headers['x-user'], undefined);
    });
  });
}

const verifier = new native.Verifier(policy);

test('a token in cookie or query is taken out', async () => {
  await serve(createGuard(verifier), async (ask) => {
    const cookie = `a=1; session=${goodToken}`;
    assert.equal((await (await ask('/orders/7', { headers: { cookie } })).json()).headers.cookie, 'a=1');
    const told = await (await ask(`/orders/7?a=1&token=${goodToken}`, { method: 'PUT', body: 'b' })).json();
    assert.equal(told.url, 'http://d.example/orders/7?a=1');
    assert.equal(told.method, 'PUT');
    assert.equal(told.body, 'b');
    assert.equal(told.headers['x-user'], 'u');
  });
});

test('a login page and a preflight', async () => {
  await serve(createGuard(verifier), async (ask) => {
    const login = await ask('/account?a=1');
    assert.equal(login.status, 302);
    assert.equal(login.headers.get('location'), '/login?to=%2Faccount%3Fa%3D1');
  });
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
  const asked = new Request('http://d.example/orders/7', { method: 'OPTIONS', headers });
  const preflight = createGuard(verifier)(asked);
  assert.equal(preflight.status, 204);
  assert.equal(preflight.statusText, 'No Content');
  assert.equal(preflight.body, null);
  assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.example');
});

test('several Authorization headers are refused', () => {
  const headers = new Headers({ authorization });
  headers.append('authorization', authorization);
  const refused = createGuard(verifier)(new Request('http://d.example/orders/7', { headers }), {});
  assert.equal(refused.status, 401);
});

test('without edits the request itself goes on', () => {
  const plain = createGuard(new native.Verifier(makePolicy()));
  const request = new Request('http://d.example/any', { headers: { authorization } });
  const passed = {};
  assert.equal(plain(request, passed), undefined);
  assert.equal(passed.request, request);
  assert.equal(passed.claims.sub, 'u');
  assert.equal(plain(request), undefined);
  assert.equal(plain(new Request('http://d.example/any')).status, 401);
});

test('edits need a place to be put into', () => {
  const guard = createGuard(verifier);
  assert.throws(() => guard(new Request('http://d.example/public/a')), /passed: expected an object/);
  assert.equal(guard(new Request('http://d.example/orders/7')).status, 401);
});

test('client addresses', () => {
  const rate_limit = { address: { requests: 1, seconds: 86400 } };
  const clientIp = (request) => request.headers.get('cf-connecting-ip');
  const guard = createGuard(new native.Verifier({ ...policy, rate_limit }), { clientIp });
  const from = (address) => {
    const headers = { authorization, 'cf-connecting-ip': address };
    return guard(new Request('http://d.example/orders/7', { headers }), {})?.status;
  };
  assert.deepEqual(['192.0.2.1', '192.0.2.2', '192.0.2.1'].map(from), [undefined, undefined, 429]);
});

test('shadow mode logs and lets through', () => {
  const lines = [];
  const shadow = new native.Verifier({ ...policy, mode: 'shadow' });
  const guard = createGuard(shadow, { log: (line) => lines.push(JSON.parse(line)) });
  const passed = {};
  const request = new Request('http://d.example/orders/7', { headers: { 'x-user': 'root' } });
  assert.equal(guard(request, passed), undefined);
  assert.equal(passed.request.headers.get('x-user'), null);
  assert.equal(passed.claims, undefined);
  assert.equal(lines[0].mode, 'shadow');
});
