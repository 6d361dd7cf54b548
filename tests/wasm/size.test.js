'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { gzipSync } = require('node:zlib');

const folder = join(__dirname, '../../wasm');
const budget = JSON.parse(readFileSync(join(folder, 'size_budget.json'), 'utf8'));
const bytes = readFileSync(join(folder, 'portcullis.wasm'));

test('portcullis.wasm keeps its size budget', () => {
  assert.ok(budget.raw <= 30 * 1024);
  assert.ok(bytes.length <= budget.raw, `${bytes.length} bytes, budget ${budget.raw}`);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  assert.ok(gzip <= budget.gzip, `${gzip} bytes after gzip, budget ${budget.gzip}`);
});

test('carries no names, debug information or producers', () => {
  const compiled = new WebAssembly.Module(bytes);
  for (const section of ['name', '.debug_info', 'producers', 'sourceMappingURL']) {
    assert.equal(WebAssembly.Module.customSections(compiled, section).length, 0, section);
  }
});
