'use strict';

const addon = require('../../bindings-node/portcullis.node');
const { reasonTests } = require('./shared/reason_tests.js');

reasonTests(addon);
