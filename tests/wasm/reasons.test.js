'use strict';

const { reasonTests } = require('../node/shared/reason_tests.js');
const { forms } = require('./forms.js');

for (const { engine } of forms) reasonTests(engine);
