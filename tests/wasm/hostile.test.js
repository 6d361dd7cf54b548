'use strict';

const { hostileTests } = require('../node/shared/hostile_tests.js');
const { forms } = require('./forms.js');

for (const { door } of forms) hostileTests(door);
