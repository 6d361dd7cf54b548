'use strict';

const { createHandler } = require('portcullis/native');
const policy = require('./policy.json');

exports.handler = createHandler(policy);
