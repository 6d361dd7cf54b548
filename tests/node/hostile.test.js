'use strict';

const door = require('../../bindings-node/native.js');
const { hostileTests } = require('./shared/hostile_tests.js');

hostileTests(door);
