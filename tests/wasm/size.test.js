'use strict';

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { gzipSync } = require('node:zlib');
const { folder, forms } = require('./forms.js');

const budgets = JSON.parse(readFileSync(join(folder, 'size_budget.json'), 'utf8'));

test('there is a budget for each form, and one for the module of passthrough.test.js', () => {
  const files = [...forms.map(({ file }) => file), 'portcullis-passthrough.wasm'];
  assert.deepEqual(Object.keys(budgets).sort(), files.sort());
});

for (const { file, bytes, compiled } of forms) {
  test(`${file} keeps its size budget`, () => {
    const budget = budgets[file];
    assert.ok(bytes.length <= budget.raw, `${bytes.length} bytes, budget ${budget.raw}`);
    const gzip = gzipSync(bytes, { level: 9 }).length;
    assert.ok(gzip <= budget.gzip, `${gzip} bytes after gzip, budget ${budget.gzip}`);
  });

  test(`${file} carries no names, debug information or producers`, () => {
    for (const section of ['name', '.debug_info', 'producers', 'sourceMappingURL']) {
      assert.equal(WebAssembly.Module.customSections(compiled, section).length, 0, section);
    }
  });
}
