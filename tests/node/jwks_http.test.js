'use strict';

// portcullis/jwks over the runtime's own fetch, against a server of this machine that misbehaves.

const assert = require('node:assert/strict');
const { createServer } = require('node:http');
const { createServer: createTcpServer } = require('node:net');
const { test } = require('node:test');
const { gzipSync } = require('node:zlib');
const { makeKey, makeToken, makeSet, makeEvent, issuer, now, setUp } = require('./jwks_support.js');

const key = makeKey('ES256', 'first');
const next = makeKey('RS256', 'next');
const token = makeToken(key);
const set = JSON.stringify(makeSet(key));

/** Starts a server of this machine for one test and gives its URL. */
async function serve(t, listener, create = createServer) {
  const server = create(listener);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const sockets = new Set();
  server.on('connection', (socket) => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/keys`;
}

/** A verifier over the runtime's fetch. */
function over(url, more = {}) {
  return setUp(undefined, { jwks: { [issuer]: url }, allowHttp: true, fetch: undefined, timeout: 5, ...more });
}

/** What a misbehaving server leads to: baked keys go on serving. */
async function refusal(url, more = {}) {
  const { verifier, status } = over(url, { keys: [key.jwk], ...more });
  const start = performance.now();
  assert.equal(await verifier.refresh(), false);
  assert.equal(verifier.verifyToken(token, now).reason, 'ok');
  assert.equal(status().origin, 'baked');
  return { ...status().lastError, seconds: (performance.now() - start) / 1000 };
}

test('keys are loaded, and changed for newer ones', async (t) => {
  let body = set;
  const asked = [];
  const url = await serve(t, (request, response) => {
    asked.push(request);
    response.setHeader('content-type', 'application/json');
    response.end(body);
  });
  const { verifier, time } = over(url);
  assert.equal(await verifier.ready(), true);
  const event = makeEvent(token);
  assert.equal(await verifier.handler(event), event.Records[0].cf.request);
  body = JSON.stringify(makeSet(next));
  time.now += 30;
  assert.equal((await verifier.handler(makeEvent(makeToken(next)))).uri, '/');
  assert.equal((await verifier.handler(event)).status, '401');
  assert.equal(asked.length, 2);
  for (const { method, url: path, headers } of asked) {
    assert.equal(method, 'GET');
    assert.equal(path, '/keys');
    assert.equal(headers.accept, 'application/jwk-set+json, application/json');
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.authorization, undefined);
  }
});

test('chunked, compressed, and of any type', async (t) => {
  const answers = [
    (response) => { for (const letter of set) response.write(letter); response.end(); },
    (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(set),
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(set)),
    (response) => response.end(`\n  ${set}\n`),
  ];
  for (const answer of answers) {
    const url = await serve(t, (request, response) => answer(response));
    assert.equal(await over(url).verifier.ready(), true);
  }
});

test('a body that comes too slowly', async (t) => {
  const url = await serve(t, (request, response) => {
    response.writeHead(200);
    // Each byte comes soon enough; all of them do not.
    let sent = 0;
    const timer = setInterval(() => response.write(set[sent++ % set.length]), 20);
    response.on('close', () => clearInterval(timer));
  });
  const { code, seconds } = await refusal(url, { timeout: 0.2 });
  assert.equal(code, 'timeout');
  assert.ok(seconds < 3, `${seconds} s`);
});

test('no answer at all', async (t) => {
  const url = await serve(t, () => {});
  const { code, seconds } = await refusal(url, { timeout: 0.1 });
  assert.equal(code, 'timeout');
  assert.ok(seconds < 3, `${seconds} s`);
});

test('a huge body, announced or not, compressed or not', async (t) => {
  const huge = `{"keys":[],"filling":"${'x'.repeat(5_000_000)}"}`;
  let sent = 0;
  const answers = [
    (response) => response.writeHead(200, { 'content-length': huge.length }).end(huge),
    (response) => {
      // Without an end.
      const more = () => { while (response.writable && response.write(huge)) sent += 1; };
      response.on('drain', more);
      more();
    },
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(huge)),
  ];
  for (const answer of answers) {
    const url = await serve(t, (request, response) => answer(response));
    assert.equal((await refusal(url)).code, 'too_large');
  }
  assert.ok(sent < 10);
});

test('maxBytes is the last size that passes', async (t) => {
  const padded = set.padEnd(2000);
  const url = await serve(t, (request, response) => response.end(padded));
  assert.equal(await over(url, { maxBytes: 2000 }).verifier.ready(), true);
  assert.equal((await refusal(url, { maxBytes: 1999 })).code, 'too_large');
});

test('redirects are not followed', async (t) => {
  const asked = [];
  const target = await serve(t, (request, response) => {
    asked.push(request.url);
    response.end(set);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await serve(t, (request, response) =>
      response.writeHead(status, { location: target }).end(set));
    assert.equal((await refusal(url)).code, 'redirect');
  }
  assert.deepEqual(asked, []);
});

test('a status other than 200, even with keys', async (t) => {
  for (const status of [201, 204, 400, 401, 404, 429, 500, 503]) {
    const url = await serve(t, (request, response) => response.writeHead(status).end(set));
    const { code, message } = await refusal(url);
    assert.equal(code, 'status');
    assert.equal(message, `status: expected 200, not ${status}`);
  }
});

test('contents that are no JWK Set', async (t) => {
  const cases = [
    ['not_json', ''],
    ['not_json', '<!doctype html><title>Sign in</title>'],
    ['not_json', set.slice(0, -1)],
    ['not_json', Buffer.from([0x22, 0xe9, 0x22])],
    ['not_key_set', '[]'],
    ['not_key_set', '{"issuer":"https://issuer.example/","jwks_uri":"https://issuer.example/keys"}'],
    ['refused', '{"keys":[]}'],
    ['refused', JSON.stringify({ keys: [{ ...key.jwk, use: 'enc' }] })],
  ];
  for (const [code, body] of cases) {
    const url = await serve(t, (request, response) => response.end(body));
    assert.equal((await refusal(url)).code, code);
  }
});

test('connections that end early', async (t) => {
  const answers = {
    'before the answer': (socket) => socket.resetAndDestroy(),
    'in the header': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'),
    'in the body': (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${set.length + 1}\r\n\r\n${set}`),
    'in the body, by a reset': (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${set.length + 1}\r\n\r\n${set}`, () => socket.resetAndDestroy());
    },
    'in a chunk': (socket) => socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n${set}`),
    'with no HTTP': (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
  };
  for (const [name, answer] of Object.entries(answers)) {
    const url = await serve(t, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => answer(socket));
    }, createTcpServer);
    assert.equal((await refusal(url)).code, 'network', name);
  }
});

test('nobody listens', async (t) => {
  const server = createServer();
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  const { code, message } = await refusal(`http://127.0.0.1:${port}/`);
  assert.equal(code, 'network');
  assert.equal(message, 'network: cannot fetch (ECONNREFUSED)');
});

test('a server that speaks no TLS', async (t) => {
  const url = await serve(t, (request, response) => response.end(set));
  assert.equal((await refusal(url.replace('http:', 'https:'))).code, 'network');
});

test('a token names no URL that is asked', async (t) => {
  const asked = [];
  const url = await serve(t, (request, response) => {
    asked.push(request.url);
    response.end(JSON.stringify({ ...makeSet(key), jku: 'http://127.0.0.1/', next: 'http://127.0.0.1/' }));
  });
  const { verifier, time } = over(url);
  await verifier.ready();
  time.now += 30;
  const header = { alg: 'ES256', kid: 'x', jku: `${url}/evil`, x5u: `${url}/evil`, jwk: next.jwk };
  const encoded = [header, { iss: `${url}/evil` }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const decision = await verifier.verifyTokenAsync(`${encoded.join('.')}.AAAA`, now);
  assert.equal(decision.reason, 'key_not_found');
  assert.deepEqual(asked, ['/keys', '/keys']);
});

test('many requests at once make one fetch', async (t) => {
  let asked = 0;
  const url = await serve(t, (request, response) => {
    asked += 1;
    setTimeout(() => response.end(set), 50);
  });
  const { verifier } = over(url);
  const decisions = await Promise.all(Array.from({ length: 100 }, () => verifier.verifyAsync(makeEvent(token), now)));
  assert.ok(decisions.every(({ reason }) => reason === 'ok'));
  assert.equal(asked, 1);
});
