'use strict';

const { workerTests } = require('../node/shared/worker_tests.js');
const { forms } = require('./forms.js');

for (const { path } of forms) workerTests(path);
