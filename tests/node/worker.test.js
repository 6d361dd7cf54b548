'use strict';

const { workerTests } = require('./shared/worker_tests.js');

workerTests(require.resolve('../../bindings-node/native.js'));
