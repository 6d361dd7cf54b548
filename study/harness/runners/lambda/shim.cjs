'use strict';

// The handler that a runtime client is told to load. It loads the contender's handler from its own folder, writes the
// two load marks to a file, and exports that very function: a call passes through nothing of ours.
// hrtime is CLOCK_MONOTONIC, the clock the driver also reads.

const begin = process.hrtime.bigint();
const fs = require('node:fs');
const path = require('node:path');

const { STUDY_FOLDER: folder, STUDY_ENTRY: entry, STUDY_MARKS: marks } = process.env;
const [file, name] = entry.split('.');
// From here on what the contender sees is what Lambda would show it.
process.env.LAMBDA_TASK_ROOT = folder;
process.env._HANDLER = entry;
const loadBegin = process.hrtime.bigint();
const handler = require(path.join(folder, file))[name];
const loadEnd = process.hrtime.bigint();
if (typeof handler !== 'function') throw new Error(`${file} exports no function named ${name}`);

fs.writeFileSync(marks, JSON.stringify({ shim: Number(begin), load_begin: Number(loadBegin), load_end: Number(loadEnd) }));
exports.handler = handler;
