'use strict';

const { workerTests } = require('../node/shared/worker_tests.js');
const { paths } = require('./forms.js');

for (const path of paths) workerTests(path);
