'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createEngine } = require('../../wasm/loader.js');
const { reasonTests } = require('../node/shared/reason_tests.js');

const bytes = readFileSync(join(__dirname, '../../wasm/portcullis.wasm'));
reasonTests(createEngine(new WebAssembly.Module(bytes)));
