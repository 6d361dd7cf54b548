'use strict';

const { workerTests } = require('../node/shared/worker_tests.js');

workerTests(require.resolve('../../wasm/index.js'));
