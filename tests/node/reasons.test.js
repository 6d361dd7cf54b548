'use strict';

const addon = require('../../bindings-node/portcullis.node');
const edgeAddon = require('../../bindings-node/portcullis-edge.node');
const { reasonTests } = require('./shared/reason_tests.js');

reasonTests(addon, { edge: false });
reasonTests(edgeAddon, { edge: true });
