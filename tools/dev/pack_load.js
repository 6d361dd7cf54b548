'use strict';

// Loads an unpacked function as its host would, in a process without environment variables, and
// asks it once. Arguments: target, "call" or "load". Standard output: Loaded of pack_bundle.py.

const { readFileSync } = require('node:fs');
const { registerHooks } = require('node:module');
const { join } = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { isDeepStrictEqual } = require('node:util');

const [target, mode] = process.argv.slice(2);

/** Names of environment variables that the function looked for. */
const read = new Set();

function watchVariables() {
  process.env = new Proxy(process.env, {
    get(variables, name) {
      if (typeof name === 'string') read.add(name);
      return variables[name];
    },
  });
}

async function loadFunction() {
  watchVariables();
  const handler = require(join(process.cwd(), 'index.js')).handler;
  if (typeof handler !== 'function') throw new Error('index.js exports no function `handler`');
  let response = null;
  let passes = false;
  if (mode === 'call') {
    const request = {
      clientIp: '192.0.2.1',
      headers: {},
      method: 'GET',
      querystring: '',
      uri: '/',
    };
    const config = { eventType: 'viewer-request' };
    const answer = await handler({ Records: [{ cf: { config, request } }] }, {});
    passes = isDeepStrictEqual(answer, request);
    response = passes ? null : answer;
  }
  return { handler, entry: 'index.handler', response, passes };
}

async function loadWorker() {
  // A worker's host gives a compiled module for a file; Node gives an instance.
  registerHooks({
    load(url, context, next) {
      if (!url.endsWith('.wasm')) return next(url, context);
      globalThis.modules ??= {};
      globalThis.modules[url] = new WebAssembly.Module(readFileSync(fileURLToPath(url)));
      const source = `export default globalThis.modules[${JSON.stringify(url)}];`;
      return { format: 'module', source, shortCircuit: true };
    },
  });
  const { default: worker } = await import(pathToFileURL(join(process.cwd(), 'index.js')).href);
  const handler = worker?.fetch;
  if (typeof handler !== 'function') throw new Error('index.js has no default export with `fetch`');
  let response = null;
  let passes = false;
  if (mode === 'call') {
    globalThis.fetch = async () => {
      passes = true; // there is no origin here
      return new Response('');
    };
    const made = await worker.fetch(new Request('https://example.test/'), {}, {});
    response = { status: String(made.status), headers: {}, body: await made.text() };
  }
  return { handler, entry: 'index.js default.fetch', response, passes };
}

(target === 'workers' ? loadWorker() : loadFunction()).then(
  ({ handler, entry, response, passes }) => {
    const style = handler.constructor.name === 'AsyncFunction' ? 'async function' : 'function';
    const told = JSON.stringify({
      entry,
      style,
      parameters: handler.length,
      variables: [...read].sort(),
      memory: process.memoryUsage.rss(),
      response,
      passes,
    });
    // A handler of one's own may leave something that keeps the process alive.
    process.stdout.write(`\n${told}`, () => process.exit(0));
  },
  (error) => {
    // Without the frames of Node itself.
    const lines = String(error?.stack ?? error)
      .split('\n')
      .filter((line) => !line.includes('(node:'))
      .slice(0, 4);
    process.stderr.write(`${lines.join('\n')}\n`, () => process.exit(1));
  },
);
