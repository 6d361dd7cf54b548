'use strict';

// The declarations: what has to compile, what must not, and that they tell what is there.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { test } = require('node:test');
const { readReasons } = require('./shared/reason_tests.js');

const root = join(__dirname, '../..');
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const folder = join(root, 'tests/types/javascript');

function compile(file, ...options) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    tsc, '--noEmit', '--strict', '--target', 'es2022', '--module', 'node16', '--moduleResolution', 'node16',
    '--types', 'node', '--exactOptionalPropertyTypes', ...options, join(folder, file),
  ], { cwd: root, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('compiles: the doors as their users write them', () => {
  const { status, output } = compile('use.ts');
  assert.equal(status, 0, output);
});

test('does not compile: each mistake in misuse.ts', () => {
  const mistakes = readFileSync(join(folder, 'misuse.ts'), 'utf8').match(/@ts-expect-error/g);
  assert.ok(mistakes.length >= 20);
  const { status, output } = compile('misuse.ts', '--skipLibCheck');
  assert.equal(status, 0, output);
});

const declarations = readFileSync(join(root, 'bindings-node/edge.d.ts'), 'utf8');

test('the type Reason lists the reasons of the core', () => {
  const [, union] = /export type Reason =([^;]+);/.exec(declarations);
  const names = Array.from(union.matchAll(/'(\w+)'/g), (match) => match[1]);
  assert.deepEqual(names, readReasons().map(({ name }) => name));
});

test('the type of a status lists the statuses of the core', () => {
  const statuses = [...new Set(readReasons().map(({ status }) => status))].filter((status) => status !== '0');
  const denials = statuses.filter((status) => status !== '204');
  const listed = Array.from(
    declarations.matchAll(/(?:readonly )?status: ((?:'?\d+'?(?: \| )?)+)/g),
    ([, union]) => union.match(/\d+/g).sort(),
  );
  // Of a response and of a denial's, of a decision and of each of its kinds. A redirect is not a reason's.
  const all = [...statuses, '302'].sort();
  denials.sort();
  assert.deepEqual(listed, [all, denials, all, denials, ['302'], ['204']]);
});

test('what is declared is what is exported', () => {
  const declared = (text) =>
    Array.from(text.matchAll(/^export (?:declare )?(?:class|const|function) (\w+)/gm), (match) => match[1]);
  const files = {
    'bindings-node/index.js': 'bindings-node/index.d.ts',
    'bindings-node/native.js': 'bindings-node/native.d.ts',
    'wasm/index.js': 'wasm/index.d.ts',
    'wasm/inline.js': 'wasm/index.d.ts',
  };
  for (const [source, types] of Object.entries(files)) {
    const names = new Set([...declared(declarations), ...declared(readFileSync(join(root, types), 'utf8'))]);
    assert.deepEqual(Object.keys(require(join(root, source))).sort(), [...names].sort(), source);
  }
});
