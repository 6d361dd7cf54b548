'use strict';

// A whole Lambda@Edge function without a line of yours: name `handler` of this file as the function's
// handler. The policy is policy.json in the folder of this file, or of the bundle that it has become part
// of; else in the folder of the function, which Lambda names by LAMBDA_TASK_ROOT.

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createHandler } = require('portcullis/wasm');

const folders = [...new Set([__dirname, process.env.LAMBDA_TASK_ROOT ?? process.cwd()])];
const file = folders.map((folder) => join(folder, 'policy.json')).find((path) => existsSync(path));
if (file === undefined) throw new Error(`policy.json: expected in ${folders.join(' or ')}`);

module.exports = { handler: createHandler(readFileSync(file)) };
