'use strict';

// What a door adds to the memory of a bare Node: memory.js <door.js> <scenario>, in a process of its own.
// Prints the bytes that are resident after the first decision, less those before the door was loaded.
//
// Before is a Node that has loaded a module and run for a moment, as one has that is about to answer: the first
// require() brings in 2 MB of Node's own file, and the young generation grows by some 100 KB at a time, with
// whatever is allocated when it does.

const { readFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const [door, scenario] = process.argv.slice(2);
const policy = readFileSync(join(scenario, 'policy.json'), 'utf8');
const [token] = readFileSync(join(scenario, 'tokens.txt'), 'latin1').split('\n', 1);

// Of the whole process, exactly: /proc/self/status counts in batches.
const resident = () =>
  1024 * Number(/^Rss:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'latin1'))[1]);

require('./empty.js');
for (let i = 0; i < 3000; i += 1) resident(); // and what this needs itself is there by now
const before = resident();
const { Verifier } = require(resolve(door));
const decision = new Verifier(policy).verifyToken(token);
const after = resident();
if (!decision.allowed) throw new Error(`${door}: ${decision.reason}`);
console.log(after - before);
