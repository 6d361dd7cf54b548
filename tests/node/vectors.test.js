'use strict';

const { runVectors } = require('./vector_cases.js');

runVectors('Node addon', require('portcullis/native'));
