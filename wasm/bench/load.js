'use strict';

// From nothing to the first decision, in fresh processes that take turns: portcullis.wasm, its policy and
// one HS256 token; and, as the floor, the same JavaScript asked the same of an empty module (empty.wat).
// Prints {"name": milliseconds of each process}.

const { execFileSync } = require('node:child_process');
const { createHmac } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const HELP = `wasm/bench/load.js [--rounds N]: milliseconds to the first decision, over an empty module`;
const NOW = 1_700_000_000;
const SECRET = 'portcullis-benchmark-secret-32-bytes!';

function makeSubject() {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'https://tenant.example/', aud: 'https://api.example', exp: NOW + 60 };
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  const mac = createHmac('sha256', SECRET).update(input).digest('base64url');
  return {
    token: `${input}.${mac}`,
    policy: {
      algorithms: ['HS256'],
      issuer: claims.iss,
      audience: claims.aud,
      keys: [{ secret: SECRET, encoding: 'utf8' }],
    },
  };
}

const MEASURES = {
  empty({ token, policy, file }) {
    const { makeDoor } = require('../../bindings-node/edge.js');
    const { createEngine } = require('../loader.js');
    const { Verifier } = makeDoor(createEngine(new WebAssembly.Module(readFileSync(file))));
    return new Verifier(policy).verifyToken(token, NOW).allowed;
  },
  portcullis({ token, policy }) {
    const { Verifier } = require('../index.js');
    return new Verifier(policy).verifyToken(token, NOW).allowed;
  },
};

if (process.argv[2] === '--measure') {
  const subject = JSON.parse(readFileSync(0, 'utf8'));
  const begin = process.hrtime.bigint();
  const right = MEASURES[process.argv[3]](subject);
  const ms = Number(process.hrtime.bigint() - begin) / 1e6;
  if (!right) throw new Error(`${process.argv[3]}: decides wrongly`);
  console.log(ms);
} else if (process.argv.includes('--help')) {
  console.log(HELP);
} else {
  const at = process.argv.indexOf('--rounds');
  const rounds = at < 0 ? 31 : Number(process.argv[at + 1]);
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds: expected 1 or more');
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-load-'));
  try {
    const file = join(folder, 'empty.wasm');
    execFileSync('wasm-as', [join(__dirname, 'empty.wat'), '-o', file]); // binaryen's, as the build's wasm-opt
    const input = JSON.stringify({ ...makeSubject(), file });
    const samples = Object.fromEntries(Object.keys(MEASURES).map((name) => [name, []]));
    for (let round = 0; round < rounds; ++round) {
      for (const name of Object.keys(MEASURES).sort(() => Math.random() - 0.5)) {
        const told = execFileSync(process.execPath, [__filename, '--measure', name], { input });
        samples[name].push(Number(told));
      }
    }
    console.log(JSON.stringify(samples));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
