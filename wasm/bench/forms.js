'use strict';

// ./dev bench wasm: the forms of the WASM module side by side, and the addon beside them, on one
// token of each algorithm. A process is the unit: each round starts one for each door and algorithm, in
// random order, and every decision is checked before it is timed.

const { execFileSync } = require('node:child_process');
const crypto = require('node:crypto');
const { readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { gzipSync } = require('node:zlib');
const os = require('node:os');

const root = join(__dirname, '../..');
const DOORS = [
  { name: 'host', path: 'wasm/index.js', file: 'wasm/portcullis.wasm' },
  {
    name: 'self-contained',
    path: 'wasm/self_contained.js',
    file: 'wasm/portcullis-self-contained.wasm',
  },
  { name: 'openssl', path: 'wasm/openssl.js', file: 'wasm/portcullis-openssl.wasm' },
  { name: 'addon', path: 'bindings-node/native.js', file: 'bindings-node/portcullis.node' },
];
const RSA = { pair: ['rsa', { modulusLength: 2048 }] };
const PSS = { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: -1 };
const ec = (namedCurve) => ({ pair: ['ec', { namedCurve }], sign: { dsaEncoding: 'ieee-p1363' } });
const ALGORITHMS = {
  HS256: { secret: 32, hash: 'sha256' },
  HS512: { secret: 64, hash: 'sha512' },
  RS256: { ...RSA, hash: 'sha256' },
  PS256: { ...RSA, hash: 'sha256', sign: PSS },
  ES256: { ...ec('P-256'), hash: 'sha256' },
  ES384: { ...ec('P-384'), hash: 'sha384' },
  EdDSA: { pair: ['ed25519', {}], hash: null },
};
const NOW = 1_700_000_000;
const WIDTH = 28; // of a column

/** A policy and a token that it allows. */
function makeSubject(alg) {
  const { pair, secret, hash, sign = {} } = ALGORITHMS[alg];
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'https://tenant.example/',
    sub: 'auth0|64b5e3f2a1c9d80012345678',
    aud: 'https://api.example',
    iat: NOW - 100,
    exp: NOW + 3600,
    permissions: ['view:data', 'read:reports', 'read:profile'],
  };
  const input = `${encode({ alg, typ: 'JWT', kid: 'k1' })}.${encode(claims)}`;
  let jwk;
  let signature;
  if (secret) {
    const key = crypto.randomBytes(secret);
    jwk = { kty: 'oct', k: key.toString('base64url') };
    signature = crypto.createHmac(hash, key).update(input).digest();
  } else {
    const { publicKey, privateKey } = crypto.generateKeyPairSync(...pair);
    jwk = publicKey.export({ format: 'jwk' });
    signature = crypto.sign(hash, Buffer.from(input), { key: privateKey, ...sign });
  }
  return {
    token: `${input}.${signature.toString('base64url')}`,
    policy: {
      algorithms: [alg],
      issuer: claims.iss,
      audience: claims.aud,
      keys: [{ ...jwk, kid: 'k1' }],
      require: { permissions: { all_of: ['view:data'] } },
    },
  };
}

/** In a process of its own: load to first decision, then the fastest batch of a second. */
function measure(path, { token, policy }) {
  const before = process.hrtime.bigint();
  const { Verifier } = require(join(root, path));
  const verifier = new Verifier(policy);
  const first = verifier.verifyToken(token, NOW);
  const firstMs = Number(process.hrtime.bigint() - before) / 1e6;
  if (!first.allowed) throw new Error(`${path}: ${first.reason}`);
  const [head] = token.split('.', 1);
  if (verifier.verifyToken(`${head}${token.slice(head.length, -4)}AAAA`, NOW).allowed) {
    throw new Error(`${path}: allows a forged token`);
  }
  let fastest = Infinity;
  const end = Date.now() + 1000;
  for (let batch = 16; Date.now() < end; ) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < batch; ++i) verifier.verifyToken(token, NOW);
    const us = Number(process.hrtime.bigint() - start) / 1e3;
    fastest = Math.min(fastest, us / batch);
    if (us < 2000) batch *= 2;
  }
  return { firstMs, warmUs: fastest };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function print(title, samples, member) {
  console.log(`\n${title}`);
  console.log(' '.repeat(8) + DOORS.map(({ name }) => name.padStart(WIDTH)).join(''));
  for (const alg of Object.keys(ALGORITHMS)) {
    const cells = DOORS.map(({ name }) => {
      const values = samples.filter((s) => s.alg === alg && s.door === name).map((s) => s[member]);
      const range = `${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}`;
      return `${median(values).toFixed(2)} (${range})`.padStart(WIDTH);
    });
    console.log(alg.padEnd(8) + cells.join(''));
  }
}

const HELP = `./dev bench wasm [--rounds N] [--json]: the forms of the WASM module and the addon side by side

  --rounds N   processes for each door and algorithm (default 7; a round takes about 35 seconds)
  --json       the raw samples instead of tables
  --help       this`;

function main() {
  if (process.argv.includes('--help')) {
    console.log(HELP);
    return;
  }
  const at = process.argv.indexOf('--rounds');
  const rounds = at < 0 ? 7 : Number(process.argv[at + 1]);
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds: expected 1 or more');
  const samples = [];
  for (let round = 1; round <= rounds; ++round) {
    const cells = Object.keys(ALGORITHMS).flatMap((alg) => {
      const subject = JSON.stringify(makeSubject(alg));
      return DOORS.map(({ name, path }) => ({ door: name, path, alg, subject }));
    });
    for (const cell of cells.sort(() => Math.random() - 0.5)) {
      const told = execFileSync(process.execPath, [__filename, '--measure', cell.path], {
        input: cell.subject,
      });
      samples.push({ round, door: cell.door, alg: cell.alg, ...JSON.parse(told) });
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(samples, null, 1));
    return;
  }
  console.log(`Node ${process.version}, ${os.cpus()[0].model}, n = ${rounds} processes a cell`);
  console.log('median (smallest-largest)');
  print('microseconds for a decision, warm: the fastest batch of each process', samples, 'warmUs');
  print('milliseconds from require() to the first decision', samples, 'firstMs');
  console.log();
  for (const { name, file } of DOORS) {
    const bytes = readFileSync(join(root, file));
    const gzip = gzipSync(bytes, { level: 9 }).length;
    console.log(`${name.padEnd(16)}${statSync(join(root, file)).size} bytes, ${gzip} gzip`);
  }
}

if (process.argv[2] === '--measure') {
  console.log(JSON.stringify(measure(process.argv[3], JSON.parse(readFileSync(0, 'utf8')))));
} else {
  main();
}
