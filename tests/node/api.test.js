'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const door = require('../../bindings-node/native.js');
const { apiTests } = require('./shared/api_tests.js');

test('this is the native door', () => assert.equal(door.implementation, 'native'));

apiTests(door);
