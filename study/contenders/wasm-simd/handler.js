'use strict';

const { createHandler } = require('portcullis/wasm');
const policy = require('./policy.json');

exports.handler = createHandler(policy);
