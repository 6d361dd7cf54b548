'use strict';

// From loading to the first HS256 decision, and what that adds to memory, in a process for each sample:
//
//   portcullis   the addon alone: portcullis.node, a policy, a token
//   door         the same through the door's JavaScript: native.js
//   empty        an addon that does nothing (load_empty.cpp) and a call of it
//
// load.js [--rounds N] [--json]. A round starts one process of each, in random order. The ratio is of first
// deciles, since whatever else runs on the machine only adds; with the interval that 95 % of 2,000 bootstrap
// samples of the rounds lie in. An addon is loaded by process.dlopen: what require() does before is the same
// for every addon and several times as long.

const { execFileSync } = require('node:child_process');
const { createHmac, randomBytes } = require('node:crypto');
const { join } = require('node:path');

const NOW = 1_700_000_000;
const here = (...parts) => join(__dirname, ...parts);
const EMPTY = here('../../build/native/bindings-node/bench/empty.node');
const ADDON = here('../portcullis.node');
const DOOR = here('../native.js');

function load(file) {
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports;
}

/** Each loads, asks once and tells whether the answer was right. */
const SUBJECTS = {
  empty: () => load(EMPTY).answer() === undefined,
  portcullis: (policy, token) => load(ADDON).create(policy).verifyToken(token, NOW) === 0,
  door: (policy, token) => new (require(DOOR).Verifier)(policy).verifyToken(token, NOW).allowed,
};

/** In the process that is measured: prints nanoseconds and bytes. */
function measure(name, policyText, token) {
  const { readFileSync } = require('node:fs');
  // Of the whole process, exactly: /proc/self/status counts in batches.
  const resident = () =>
    1024 * Number(/^Rss:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'latin1'))[1]);
  const policy = Buffer.from(policyText);
  const subject = SUBJECTS[name];
  for (let i = 0; i < 20; i += 1) resident(); // what it needs itself is there by now
  const before = resident();
  process.hrtime.bigint();
  const begun = process.hrtime.bigint();
  const right = subject(policy, token);
  const taken = process.hrtime.bigint() - begun;
  const added = resident() - before;
  if (!right) throw new Error(`${name}: not what was expected`);
  console.log(`${taken} ${added}`);
}

function makeSubject() {
  const key = randomBytes(32);
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'k1' })}.${encode({
    iss: 'https://tenant.example/',
    sub: 'auth0|64b5e3f2a1c9d80012345678',
    aud: 'https://api.example',
    iat: NOW - 100,
    exp: NOW + 3600,
    permissions: ['view:data', 'read:reports', 'read:profile'],
  })}`;
  const policy = {
    issuer: 'https://tenant.example/',
    audience: 'https://api.example',
    algorithms: ['HS256'],
    require: { permissions: { all_of: ['view:data'] } },
    keys: [{ kty: 'oct', kid: 'k1', alg: 'HS256', k: key.toString('base64url') }],
  };
  return [JSON.stringify(policy), `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`];
}

const sorted = (values) => values.toSorted((a, b) => a - b);
const quantile = (values, share) => sorted(values)[Math.round((values.length - 1) * share)];
const median = (values) => quantile(values, 0.5);
const quick = (values) => quantile(values, 0.1);

function ratioOf(ours, floor) {
  const drawn = Array.from({ length: 2000 }, () => {
    const rounds = ours.map(() => Math.floor(Math.random() * ours.length));
    return quick(rounds.map((i) => ours[i])) / quick(rounds.map((i) => floor[i]));
  });
  return {
    ratio: quick(ours) / quick(floor),
    low: quantile(drawn, 0.025),
    high: quantile(drawn, 0.975),
  };
}

function main(argv) {
  const rounds = argv.includes('--rounds') ? Number(argv[argv.indexOf('--rounds') + 1]) : 31;
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: expected a positive integer');
  const subject = makeSubject();
  const names = Object.keys(SUBJECTS);
  const microseconds = Object.fromEntries(names.map((name) => [name, []]));
  const memory = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names.toSorted(() => Math.random() - 0.5)) {
      const told = execFileSync(process.execPath, [__filename, '--measure', name, ...subject], { encoding: 'utf8' });
      if (round < 0) continue; // the first brings the files into memory
      const [time, added] = told.split(' ').map(Number);
      microseconds[name].push(time / 1000);
      memory[name].push(added);
    }
  }
  const ratios = {
    portcullis: ratioOf(microseconds.portcullis, microseconds.empty),
    door: ratioOf(microseconds.door, microseconds.empty),
  };
  if (argv.includes('--json')) {
    console.log(JSON.stringify({ unit: 'us', rounds, node: process.version, ...microseconds, memory, ratios }));
    return;
  }
  console.log(`Node ${process.version}, ${rounds} rounds; first decile (median, third quartile)`);
  for (const name of names) {
    const [first, mid, third] = [0.1, 0.5, 0.75].map((share) => quantile(microseconds[name], share).toFixed(0));
    const over = ratios[name];
    const ratio = over ? `${over.ratio.toFixed(2)} x (${over.low.toFixed(2)} to ${over.high.toFixed(2)})` : '';
    const added = `+${Math.round(median(memory[name]) / 1024)} KB`;
    console.log(`${name.padEnd(12)} ${first} us (${mid}, ${third})`.padEnd(40), added.padEnd(10), ratio);
  }
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--measure') measure(...rest);
else main(process.argv.slice(2));
