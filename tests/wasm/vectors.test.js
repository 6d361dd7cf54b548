'use strict';

const { runVectors } = require('../node/vector_cases.js');

runVectors('WASM', require('portcullis/wasm'));
