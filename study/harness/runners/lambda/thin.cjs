'use strict';

// A runtime client in a few lines: the Runtime API's protocol over one keep-alive connection, nothing else.
// What the real client does besides (context object, console format, error report for tracing) is left out.
// A bare socket: node:http would cost more per call than the real client's native part does.

const net = require('node:net');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const base = '/2018-06-01/runtime';
const peer = net.connect({ host, port: Number(port), noDelay: true });

let received = Buffer.alloc(0);
let bodyAt = -1;
let length = 0;
let answer = null;

peer.on('data', (chunk) => {
  received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
  if (bodyAt < 0) {
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return;
    bodyAt = end + 4;
    length = Number(/^content-length: *(\d+)/im.exec(received.latin1Slice(0, end))[1]);
  }
  if (received.length < bodyAt + length) return;
  const head = received.latin1Slice(0, bodyAt);
  const text = received.utf8Slice(bodyAt, bodyAt + length);
  received = received.subarray(bodyAt + length);
  bodyAt = -1;
  answer({ head, text });
});
peer.on('error', () => process.exit(1));
peer.on('close', () => process.exit(1));

function call(method, path, body = '') {
  const head = `${method} ${base}${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return new Promise((resolve) => {
    answer = resolve;
    peer.write(head + body);
  });
}

const errorOf = (error) => JSON.stringify({ errorType: error?.name ?? 'Error', errorMessage: error?.message ?? String(error) });

async function main() {
  let handler;
  try {
    ({ handler } = require('./shim.cjs'));
    if (handler.length > 2) throw new Error('a handler with a callback: take two arguments and return a promise');
  } catch (error) {
    await call('POST', '/init/error', errorOf(error));
    process.exit(1);
  }
  for (;;) {
    const { head, text } = await call('GET', '/invocation/next');
    const id = /^lambda-runtime-aws-request-id: *(\S+)/im.exec(head)[1];
    try {
      const result = await handler(JSON.parse(text), { awsRequestId: id });
      await call('POST', `/invocation/${id}/response`, JSON.stringify(result ?? null));
    } catch (error) {
      await call('POST', `/invocation/${id}/error`, errorOf(error));
    }
  }
}

main().catch(() => process.exit(1));
