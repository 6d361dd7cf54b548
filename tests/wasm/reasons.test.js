'use strict';

const { reasonTests } = require('../node/shared/reason_tests.js');
const { forms } = require('./forms.js');

for (const { engine, edge } of forms) reasonTests(engine, { edge });
