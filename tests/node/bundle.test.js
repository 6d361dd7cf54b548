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

/** What a bundle for a policy about tokens alone can do without. */
const edgeOnly = ['./edge_layer.js', './portcullis-edge.node', './edge_instance.js'];

/**
 * Bundles a handler over the door `from`, then asks it in a process of its own.
 * @param {string[]} files what is beside the bundle
 * @param {{ policy?: object, external?: string[] }} [options]
 */
async function ask(t, from, files, { policy = makePolicy(), external = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await build({
    stdin: {
      contents: `
        const door = require(${JSON.stringify(join(root, from))});
        exports.handler = door.createHandler(${JSON.stringify(policy)});
        exports.implementation = door.implementation;
        exports.fallbackReason = door.fallbackReason;`,
      resolveDir: folder,
    },
    bundle: true,
    minify: true,
    platform: 'node',
    loader: { '.node': 'copy' },
    assetNames: '[name]',
    external,
    outfile: join(folder, 'index.js'),
    logLevel: 'error',
  });
  for (const name of readdirSync(folder)) if (name.endsWith('.node')) rmSync(join(folder, name));
  for (const file of files) copyFileSync(join(root, file), join(folder, file.split('/').pop()));
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

for (const [door, from, small, edge] of [
  ['native', 'bindings-node/native.js', 'bindings-node/portcullis.node', 'bindings-node/portcullis-edge.node'],
  ['wasm', 'wasm/index.js', 'wasm/portcullis.wasm', 'wasm/portcullis-edge.wasm'],
]) {
  const policy = makePolicy({ routes: [{ path: '/**' }] });

  test(`portcullis/${door}, a policy with an edge layer`, async (t) => {
    const said = await ask(t, from, [small, edge], { policy });
    assert.equal(said.implementation, door);
  });

  test(`portcullis/${door}, a policy with an edge layer in a bundle without it`, async (t) => {
    // Only what the door needs at once is there.
    await assert.rejects(ask(t, from, [small], { policy, external: edgeOnly }), /policy: \$\.routes/);
  });

  test(`portcullis/${door}, bundled without the edge layer`, async (t) => {
    const said = await ask(t, from, [small], { external: edgeOnly });
    assert.equal(said.implementation, door);
  });
}

test('portcullis takes the addon', async (t) => {
  const said = await ask(t, 'bindings-node/index.js', ['bindings-node/portcullis.node', 'wasm/portcullis.wasm']);
  assert.equal(said.implementation, 'native');
  assert.equal(said.fallbackReason, undefined);
});

test('portcullis takes the WASM module where there is no addon', async (t) => {
  const said = await ask(t, 'bindings-node/index.js', ['wasm/portcullis.wasm']);
  assert.equal(said.implementation, 'wasm');
  assert.match(said.fallbackReason, /platform package: .*portcullis\.node'; local build: .*portcullis\.node'$/);
});

test('portcullis/wasm-inline is one file', async (t) => {
  const said = await ask(t, 'wasm/inline.js', []);
  assert.equal(said.implementation, 'wasm');
  assert.deepEqual(said.files, ['ask.js', 'index.js']);
});

test('portcullis/native names each place where there is no addon', async (t) => {
  await assert.rejects(ask(t, 'bindings-node/native.js', []), /platform package: .*; local build: /);
});
