'use strict';

// The host form in workerd, where node:crypto is another implementation on another library: each
// signature vector gives the same answer there.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { copyFileSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, test } = require('node:test');
const { signatures } = require('../node/vector_cases.js');
const { folder } = require('./forms.js');

const root = join(__dirname, '../..');
const esbuild = join(root, 'node_modules/.bin/esbuild');
const workerd = join(root, 'node_modules/@cloudflare/workerd-linux-64/bin/workerd');

const WORKER = `
import crypto from 'node:crypto';
import core from './core.wasm';
import doors from './doors.cjs';

const { makeDoor, createEngine } = doors;
const door = makeDoor(createEngine(core, { loadCrypto: () => crypto }));
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

function answer({ alg, jwk, message_hex, signature_hex }) {
  try {
    return door.verifySignature(alg, jwk, bytes(message_hex), bytes(signature_hex));
  } catch (error) {
    return error.code === 'ERR_PORTCULLIS_POLICY' ? false : error.message;
  }
}

export default {
  async fetch(request) {
    return Response.json((await request.json()).map(answer));
  },
};
`;

const DOORS = `
const { makeDoor } = require('./bindings-node/edge.js');
const { createEngine } = require('./wasm/loader.js');
module.exports = { makeDoor, createEngine };
`;

const CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "core.wasm", wasm = embed "core.wasm"),
    (name = "doors.cjs", commonJsModule = embed "doors.cjs")
  ],
  compatibilityDate = "2026-08-04"
);
`;

let place;
let server;
let port;

before(async () => {
  place = mkdtempSync(join(tmpdir(), 'portcullis-workerd-'));
  writeFileSync(join(place, 'worker.js'), WORKER);
  writeFileSync(join(place, 'config.capnp'), CONFIG);
  copyFileSync(join(folder, 'portcullis.wasm'), join(place, 'core.wasm'));
  const bundle = execFileSync(esbuild, ['--bundle', '--format=cjs', '--loader=js'], {
    cwd: root,
    input: DOORS,
  });
  writeFileSync(join(place, 'doors.cjs'), bundle);
  // Control messages come on descriptor 3: the port that the system chose is among them.
  server = spawn(workerd, ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: place,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  port = await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.on('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
    let told = '';
    server.stdio[3].on('data', (data) => {
      told += data;
      const found = /"listen".*"port":(\d+)/.exec(told) ?? /"port":(\d+)/.exec(told);
      if (found) resolve(Number(found[1]));
    });
  });
});

after(() => {
  server?.removeAllListeners('exit');
  server?.kill();
  if (place) rmSync(place, { recursive: true });
});

test('every signature vector has its answer in workerd', async () => {
  assert.ok(signatures.length >= 100);
  const answers = [];
  for (let at = 0; at < signatures.length; at += 50) {
    const asked = signatures.slice(at, at + 50);
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      body: JSON.stringify(asked),
    });
    answers.push(...(await response.json()));
  }
  assert.equal(answers.length, signatures.length);
  const wrong = signatures
    .map(({ id, valid }, at) => ({ id, valid, told: answers[at] }))
    .filter(({ valid, told }) => told !== valid);
  assert.deepEqual(wrong, []);
});
