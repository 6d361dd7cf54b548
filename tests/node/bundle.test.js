'use strict';

// Bundles made by esbuild as a Lambda function is deployed: they run without this repository.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { test } = require('node:test');
const { build } = require('esbuild');
const { makePolicy, makeEvent, goodToken } = require('./shared/tokens.js');

const root = join(__dirname, '../..');

/** Bundles a handler over the door `from`, then asks it in a process of its own. */
async function ask(t, from, files) {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await build({
    stdin: {
      contents: `
        const door = require(${JSON.stringify(join(root, from))});
        exports.handler = door.createHandler(${JSON.stringify(makePolicy())});
        exports.implementation = door.implementation;
        exports.fallbackReason = door.fallbackReason;`,
      resolveDir: folder,
    },
    bundle: true,
    minify: true,
    platform: 'node',
    loader: { '.node': 'copy' },
    assetNames: '[name]',
    outfile: join(folder, 'index.js'),
    logLevel: 'error',
  });
  for (const file of files) copyFileSync(join(root, file), join(folder, file.split('/').pop()));
  if (!files.includes('bindings-node/portcullis.node')) rmSync(join(folder, 'portcullis.node'), { force: true });
  const events = ['Bearer ' + goodToken, 'Bearer x'].map((value) => makeEvent(value));
  writeFileSync(join(folder, 'ask.js'), `
    const { handler, implementation, fallbackReason } = require('./index.js');
    const events = ${JSON.stringify(events)};
    Promise.all(events.map(handler)).then((answers) => console.log(JSON.stringify({
      implementation,
      fallbackReason,
      same: answers[0] === events[0].Records[0].cf.request,
      status: answers[1].status,
    })));`);
  const said = JSON.parse(execFileSync(process.execPath, [join(folder, 'ask.js')], { cwd: tmpdir() }));
  assert.equal(said.same, true);
  assert.equal(said.status, '401');
  return { ...said, files: readdirSync(folder).sort() };
}

test('portcullis/native', async (t) => {
  const said = await ask(t, 'bindings-node/native.js', ['bindings-node/portcullis.node']);
  assert.equal(said.implementation, 'native');
  assert.deepEqual(said.files, ['ask.js', 'index.js', 'portcullis.node']);
});

test('portcullis/wasm', async (t) => {
  const said = await ask(t, 'wasm/index.js', ['wasm/portcullis.wasm']);
  assert.equal(said.implementation, 'wasm');
  assert.deepEqual(said.files, ['ask.js', 'index.js', 'portcullis.wasm']);
});

test('portcullis takes the addon', async (t) => {
  const said = await ask(t, 'bindings-node/index.js', ['bindings-node/portcullis.node', 'wasm/portcullis.wasm']);
  assert.equal(said.implementation, 'native');
  assert.equal(said.fallbackReason, undefined);
});

test('portcullis takes the WASM module where there is no addon', async (t) => {
  const said = await ask(t, 'bindings-node/index.js', ['wasm/portcullis.wasm']);
  assert.equal(said.implementation, 'wasm');
  assert.match(said.fallbackReason, /portcullis\.node/);
});
