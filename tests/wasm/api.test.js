'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const door = require('../../wasm/index.js');
const { apiTests } = require('../node/shared/api_tests.js');

test('this is the wasm door', () => assert.equal(door.implementation, 'wasm'));

apiTests(door);
