'use strict';

const door = require('../../wasm/index.js');
const { hostileTests } = require('../node/shared/hostile_tests.js');

hostileTests(door);
