'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { apiTests } = require('../node/shared/api_tests.js');
const { forms } = require('./forms.js');

test('these are the wasm doors', () => {
  for (const { path } of forms) assert.equal(require(path).implementation, 'wasm');
});

for (const { path } of forms) apiTests(require(path));
