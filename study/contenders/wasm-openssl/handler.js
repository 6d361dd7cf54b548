'use strict';

const { createHandler } = require('./node_modules/portcullis/wasm/openssl.js');
const policy = require('./policy.json');

exports.handler = createHandler(policy);
