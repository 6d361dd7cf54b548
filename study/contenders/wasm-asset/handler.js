'use strict';

const { createHandler } = require('portcullis/wasm-self-contained');
const policy = require('./policy.json');

exports.handler = createHandler(policy);
