'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { apiTests } = require('../node/shared/api_tests.js');
const { forms, paths } = require('./forms.js');

test('these are the wasm doors', () => {
  for (const path of paths) assert.equal(require(path).implementation, 'wasm');
});

for (const path of paths) apiTests(require(path));
apiTests(forms.find(({ name }) => name === 'edge').door);
