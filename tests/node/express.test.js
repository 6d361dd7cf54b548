'use strict';

// The Express adapter in front of real servers of node:http and node:http2.

const assert = require('node:assert/strict');
const http = require('node:http');
const http2 = require('node:http2');
const { once } = require('node:events');
const { test } = require('node:test');
const { createMiddleware } = require('../../bindings-node/express.js');
const native = require('../../bindings-node/native.js');
const wasm = require('../../wasm/index.js');
const { goodToken, makeClaims, makePolicy, sign } = require('./shared/tokens.js');

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
const bearer = ['Authorization', `Bearer ${goodToken}`];

function echo(req, res) {
  const { url, originalUrl, headers, rawHeaders, headersDistinct } = req;
  const claims = req.portcullis.claims ?? null;
  res.end(JSON.stringify({ url, originalUrl, headers, rawHeaders, headersDistinct, claims }));
}

function makeApplication(verifier, options, wrap = (req) => req) {
  const middleware = createMiddleware(verifier, options);
  return (req, res) => {
    wrap(req);
    middleware(req, res, () => echo(req, res));
  };
}

/** A real server for as long as `use` runs, which asks it by path, headers and method. */
async function serve(application, use) {
  const server = http.createServer(application).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ask = async (path, headers = [], method = 'GET') => {
    const { port } = server.address();
    const list = ['Host', 'd.example', ...headers];
    const request = http.request({ port, host: '127.0.0.1', path, method, headers: list, agent: false });
    request.end();
    const [response] = await once(request, 'response');
    let body = '';
    for await (const part of response.setEncoding('utf8')) body += part;
    const told = response.statusCode === 200 ? JSON.parse(body) : undefined;
    return { status: response.statusCode, headers: response.headers, body, told };
  };
  try {
    await use(ask);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

for (const [name, door] of Object.entries({ native, wasm })) {
  test(`${name}: requests by path`, async () => {
    await serve(makeApplication(new door.Verifier(policy)), async (ask) => {
      const expected = {
        '/public/a': 200,
        '/orders/7': 401,
        '/%6frders/7': 401,
        '/nowhere': 403,
        '//orders/7': 400,
        '/public/../orders/7': 400,
        '/public/%2e%2e/orders/7': 400,
        '/public%2F..%2Forders/7': 400,
        '/public/%252e': 400,
        'http://d.example/public/a': 400,
      };
      for (const [path, status] of Object.entries(expected)) {
        const answer = await ask(path);
        assert.equal(answer.status, status, path);
        if (status === 200) continue;
        assert.equal(answer.headers['cache-control'], 'no-store');
        assert.ok(JSON.parse(answer.body).error);
      }
      assert.equal((await ask('/orders/7', bearer)).status, 200);
    });
  });

  test(`${name}: claims for the application, and none that a client made up`, async () => {
    await serve(makeApplication(new door.Verifier(policy)), async (ask) => {
      const spoofed = ['X-User', 'root', 'x_user', 'root', 'X-Other', '1'];
      const { told } = await ask('/orders/7', [...bearer, ...spoofed]);
      assert.equal(told.claims.sub, 'u');
      assert.equal(told.headers['x-user'], 'u');
      assert.deepEqual(told.headersDistinct['x-user'], ['u']);
      assert.equal(told.headers['x-other'], '1');
      assert.equal(told.headers.authorization, undefined);
      const names = told.rawHeaders.filter((_, i) => i % 2 === 0).map((each) => each.toLowerCase());
      assert.equal(names.filter((each) => each === 'x-user').length, 1);
      assert.ok(!names.includes('x_user') && !names.includes('authorization'));
      assert.ok(!JSON.stringify(told).includes('root'));

      const open = (await ask('/public/a', spoofed)).told;
      assert.equal(open.claims, null);
      assert.ok(!JSON.stringify(open).includes('root'));
      assert.equal(open.headers['x-other'], '1');
    });
  });
}

const verifier = new native.Verifier(policy);

test('several Authorization headers are refused, several Cookie headers are one', async () => {
  await serve(makeApplication(verifier), async (ask) => {
    assert.equal((await ask('/orders/7', [...bearer, ...bearer])).status, 401);
    const cookies = ['Cookie', 'a=1', 'Cookie', `session=${goodToken}`];
    const { status, told } = await ask('/orders/7', cookies);
    assert.equal(status, 200);
    assert.equal(told.headers.cookie, 'a=1');
    assert.ok(!JSON.stringify(told).includes(goodToken));
    const alone = await ask('/orders/7', ['Cookie', `session=${goodToken}`]);
    assert.equal(alone.told.headers.cookie, undefined);
  });
});

test('a token in the query is taken out', async () => {
  await serve(makeApplication(verifier), async (ask) => {
    assert.equal((await ask(`/orders/7?a=1&token=${goodToken}`)).told.url, '/orders/7?a=1');
    assert.equal((await ask(`/orders/7?token=${goodToken}`)).told.url, '/orders/7');
    assert.equal((await ask('/orders/7?a=1', bearer)).told.url, '/orders/7?a=1');
  });
});

test('HEAD, a login page and a preflight', async () => {
  await serve(makeApplication(verifier), async (ask) => {
    const head = await ask('/orders/7', [], 'HEAD');
    assert.equal(head.status, 401);
    assert.equal(head.body, '');
    assert.equal(head.headers['www-authenticate'], 'Bearer realm="portcullis"');
    const login = await ask('/account?a=1');
    assert.equal(login.status, 302);
    assert.equal(login.headers.location, '/login?to=%2Faccount%3Fa%3D1');
    const asked = ['Origin', 'https://app.example', 'Access-Control-Request-Method', 'GET'];
    const preflight = await ask('/orders/7', asked, 'OPTIONS');
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example');
  });
});

test('a mounted router is judged by the whole path', async () => {
  // What Express does on the way into a router that is mounted at /public.
  const express = (req) => {
    req.originalUrl = req.url;
    req.baseUrl = '/public';
    req.url = req.url.slice('/public'.length);
  };
  await serve(makeApplication(verifier, {}, express), async (ask) => {
    const { status, told } = await ask(`/public/a?token=${goodToken}&b=2`);
    assert.equal(status, 200);
    assert.equal(told.url, '/a?b=2');
    assert.equal(told.originalUrl, '/public/a?b=2');
  });
  // And Connect.
  const connect = (req) => {
    req.originalUrl = req.url;
    req.url = req.url.slice('/orders'.length);
  };
  await serve(makeApplication(verifier, {}, connect), async (ask) => {
    assert.equal((await ask('/orders/public/a')).status, 401);
  });
});

test('a query that Express 4 has parsed is parsed again', async () => {
  const wrap = (req) => {
    req.query = { token: goodToken, a: '1' };
    const parse = (text) => Object.fromEntries(new URLSearchParams(text));
    req.app = { get: (name) => (name === 'query parser fn' ? parse : undefined) };
  };
  let query;
  const middleware = createMiddleware(verifier);
  const application = (req, res) => {
    wrap(req);
    middleware(req, res, () => {
      query = req.query;
      echo(req, res);
    });
  };
  await serve(application, async (ask) => {
    assert.equal((await ask(`/orders/7?token=${goodToken}&a=1`)).status, 200);
    assert.deepEqual(query, { a: '1' });
  });
});

test('client addresses', async () => {
  const limited = { ...policy, rate_limit: { address: { requests: 1, seconds: 86400 } } };
  const clientIp = (req) => req.headers['x-forwarded-for'];
  await serve(makeApplication(new native.Verifier(limited), { clientIp }), async (ask) => {
    const statuses = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
      statuses.push((await ask('/orders/7', [...bearer, 'X-Forwarded-For', address])).status);
    }
    assert.deepEqual(statuses, [200, 200, 429]);
  });
  await serve(makeApplication(new native.Verifier(limited)), async (ask) => {
    assert.equal((await ask('/orders/7', bearer)).status, 200);
    assert.equal((await ask('/orders/7', bearer)).status, 429);
  });
});

test('shadow mode logs and lets through', async () => {
  const lines = [];
  const decisions = [];
  const options = {
    log: (line) => lines.push(JSON.parse(line)),
    onDecision: (decision) => decisions.push(decision.reason),
  };
  const shadow = new native.Verifier({ ...policy, mode: 'shadow' });
  await serve(makeApplication(shadow, options), async (ask) => {
    const { status, told } = await ask('/orders/7', ['X-User', 'root']);
    assert.equal(status, 200);
    assert.equal(told.claims, null);
    assert.equal(told.headers['x-user'], undefined);
  });
  assert.deepEqual(decisions, ['credential_missing']);
  assert.equal(lines.length, 1);
  assert.equal(lines[0].reason, 'credential_missing');
  assert.equal(lines[0].mode, 'shadow');
});

test('listeners that throw change nothing', async () => {
  const fail = () => {
    throw new Error('a listener failed');
  };
  const logging = new native.Verifier({ ...policy, log: { decisions: 'all' } });
  const reject = async () => fail();
  for (const listener of [fail, reject, null]) {
    await serve(makeApplication(logging, { log: listener, onDecision: listener }), async (ask) => {
      assert.equal((await ask('/orders/7', bearer)).status, 200);
      assert.equal((await ask('/orders/7')).status, 401);
    });
  }
});

test('a policy without an edge layer works as well', async () => {
  await serve(makeApplication(new native.Verifier(makePolicy())), async (ask) => {
    assert.equal((await ask('/any//path', bearer)).told.claims.sub, 'u');
    assert.equal((await ask('/')).status, 401);
    const expired = sign(makeClaims({ exp: 1 }));
    assert.equal((await ask('/', ['Authorization', `Bearer ${expired}`])).status, 401);
  });
});

test('HTTP/2', async () => {
  const server = http2.createServer(makeApplication(verifier)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = http2.connect(`http://127.0.0.1:${server.address().port}`);
  const ask = async (headers) => {
    const stream = client.request(headers);
    const [told] = await once(stream, 'response');
    let body = '';
    for await (const part of stream.setEncoding('utf8')) body += part;
    return { status: told[':status'], body };
  };
  try {
    assert.equal((await ask({ ':path': '/orders/7' })).status, 401);
    const headers = { ':path': '/orders/7', 'x-user': 'root', cookie: `session=${goodToken}` };
    const { status, body } = await ask(headers);
    assert.equal(status, 200);
    const told = JSON.parse(body);
    assert.equal(told.headers['x-user'], 'u');
    assert.ok(!body.includes(goodToken) && !body.includes('root'));
  } finally {
    client.close();
    server.close();
  }
});
