'use strict';

// What faults_test.py runs: every call that the addons make of Node-API fails, and every allocation of theirs; then the
// clock, the random source, and the host that the WASM module asks. No answer may let through what is to be denied,
// and none may end the process.
//
//   node --expose-gc faults_node.js FAULTS.node addon once|on
//   node --expose-gc faults_node.js FAULTS.node host

const assert = require('node:assert');
const { createHmac, generateKeyPairSync, sign: signBytes } = require('node:crypto');
const nodeCrypto = require('node:crypto');
const path = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const ROOT = path.join(__dirname, '..', '..');
const DOOR = path.join(ROOT, 'bindings-node');
const ADDONS = ['portcullis.node', 'portcullis-edge.node'].map((name) => path.join(DOOR, name));

const SECRET = '0123456789abcdef0123456789abcdef';
const FAR = 2 ** 40;
const NOW = 1_700_000_000;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

function encode(part) {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function sign({ secret = SECRET, alg = 'HS256', key = ec.privateKey, ...changes } = {}) {
  const claims = { iss: 'https://issuer.example/', aud: 'api', sub: 'ann', exp: FAR, ...changes };
  const text = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`;
  const signature = alg.startsWith('HS')
    ? createHmac(`sha${alg.slice(2)}`, secret).update(text).digest()
    : signBytes('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

const POLICY = {
  algorithms: ['HS256'],
  issuer: 'https://issuer.example/',
  audience: 'api',
  keys: [{ secret: SECRET, encoding: 'utf8' }],
  require: { claims: { sub: 'ann' } },
};
const EDGE = {
  ...POLICY,
  sources: [{ header: 'authorization' }, { cookie: 'session', strip: true }],
  claim_headers: { 'x-user': 'sub' },
  routes: [
    { path: '/open/**', access: 'public' },
    { path: '/page', access: 'public', challenge: 'page' },
    { path: '/a/*/x', require: { present: ['sub'] } },
  ],
  challenge: { page: { url: '/check', key: { secret: 'x'.repeat(32), encoding: 'utf8' } } },
  rate_limit: { address: { requests: 1000000, seconds: 1 } },
  token_cache: { entries: 16 },
  log: { decisions: 'all', claims: ['sub'] },
};
const LONG_SECRET = SECRET + SECRET;
const HOST = {
  ...POLICY,
  algorithms: ['HS384', 'ES256', 'RS256'],
  keys: {
    keys: [
      { kty: 'oct', k: Buffer.from(LONG_SECRET).toString('base64url') },
      ec.publicKey.export({ format: 'jwk' }),
      rsa.publicKey.export({ format: 'jwk' }),
    ],
  },
};

const GOOD = `Bearer ${sign()}`;
const FORGED = `Bearer ${sign({ secret: 'f'.repeat(32) })}`;

function event(authorization, uri = '/a/b/x') {
  const headers = { 'x-user': [{ key: 'X-User', value: 'forged' }], x_user: [{ value: 'forged' }] };
  if (authorization !== undefined) headers.authorization = [{ key: 'Authorization', value: authorization }];
  const request = { clientIp: '192.0.2.1', headers, method: 'GET', uri, querystring: '' };
  return { Records: [{ cf: { config: { eventType: 'viewer-request', requestId: 'r' }, request } }] };
}
const requestOf = (given) => given.Records[0].cf.request;
const isEdited = (given) => {
  const { headers } = requestOf(given);
  return headers.x_user === undefined && (headers['x-user'] === undefined || headers['x-user'][0].value === 'ann');
};

// A scenario: makes a call, and judges what it gave. 'right', or 'denied' for what a failure may give; anything else
// is a fault of ours. What is thrown is right where `throws`.
function constructs(door, policy) {
  return {
    throws: true,
    make: () => () => new door.Verifier(policy),
    judge(gate) {
      // Nothing fails any more: right, or denying for good.
      const good = gate.verify(event(GOOD), NOW);
      assert(!gate.verify(event(FORGED), NOW).allowed);
      if (good.allowed) return 'right';
      return good.reason === 'internal_error' ? 'denied' : 'wrong';
    },
  };
}

function judges(door, policy, authorization, reason, uri) {
  const gate = new door.Verifier(policy);
  return {
    make: () => () => gate.verify(event(authorization, uri), NOW),
    judge(told) {
      if (told.allowed !== (told.reason === 'ok')) return 'wrong';
      return told.reason === reason ? 'right' : told.reason === 'internal_error' ? 'denied' : 'wrong';
    },
  };
}

function reads(door, policy, authorization, read, isRight, uri) {
  const gate = new door.Verifier(policy);
  const told = [];
  return {
    throws: true,
    make() {
      told[0] = gate.verify(event(authorization, uri), NOW);
      return () => read(told[0]);
    },
    judge: (got) => (isRight(got) ? 'right' : got?.status === '500' || got === undefined ? 'denied' : 'wrong'),
  };
}

function handles(door, policy, authorization, passes, uri, options) {
  const handler = door.createHandler(policy, options);
  let asked;
  return {
    make() {
      asked = event(authorization, uri);
      return () => handler(asked);
    },
    judge(answer) {
      if (answer === requestOf(asked)) return passes && (policy.claim_headers === undefined || isEdited(asked)) ? 'right' : 'wrong';
      if (!passes && answer.status !== '500') return answer.status === '401' || answer.status === '302' ? 'right' : 'wrong';
      return answer.status === '500' ? 'denied' : 'wrong';
    },
  };
}

function scenariosOf(door) {
  const silent = { log: () => {}, onDecision: () => {} };
  const jwk = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url') };
  const mac = createHmac('sha256', SECRET).update('m').digest();
  const signature = (message, expected) => ({
    throws: true,
    make: () => () => door.verifySignature('HS256', jwk, Buffer.from(message), mac),
    judge: (told) => (told === expected ? 'right' : told === false ? 'denied' : 'wrong'),
  });
  return {
    construct: () => constructs(door, POLICY),
    'construct-edge': () => constructs(door, EDGE),
    'construct-refused': () => ({
      throws: true,
      make: () => () => new door.Verifier({ ...POLICY, audience: [] }),
      judge: () => 'wrong',
      raised: (error) => error instanceof door.PolicyError && error.path === '$.audience',
    }),
    'judge-good': () => judges(door, POLICY, GOOD, 'ok'),
    'judge-forged': () => judges(door, POLICY, FORGED, 'signature_invalid'),
    'judge-none': () => judges(door, POLICY, undefined, 'credential_missing'),
    'judge-edge-good': () => judges(door, EDGE, GOOD, 'ok'),
    'judge-edge-forged': () => judges(door, EDGE, FORGED, 'signature_invalid'),
    'judge-edge-public': () => judges(door, EDGE, undefined, 'ok', '/open/x'),
    claims: () => reads(door, POLICY, GOOD, (told) => told.claims, (claims) => claims?.sub === 'ann'),
    'claims-edge': () => reads(door, EDGE, GOOD, (told) => told.claims, (claims) => claims?.sub === 'ann'),
    response: () => reads(door, POLICY, FORGED, (told) => told.response, (told) => told?.status === '401'),
    'response-edge': () => reads(door, EDGE, FORGED, (told) => told.response, (told) => told?.status === '401'),
    'log-edge': () => reads(door, EDGE, GOOD, (told) => told.logLine, (told) => told?.includes('allow')),
    'edits-edge': () => reads(door, EDGE, GOOD, (told) => told.edits, (told) => told?.set['x-user'] === 'ann'),
    'handle-good': () => handles(door, POLICY, GOOD, true),
    'handle-forged': () => handles(door, POLICY, FORGED, false),
    'handle-told': () => handles(door, POLICY, FORGED, false, undefined, silent),
    'handle-edge-good': () => handles(door, EDGE, GOOD, true, undefined, silent),
    'handle-edge-public': () => handles(door, EDGE, undefined, true, '/open/x', silent),
    'handle-edge-forged': () => handles(door, EDGE, FORGED, false, undefined, silent),
    'handle-edge-page': () => handles(door, EDGE, undefined, false, '/page', silent),
    'handle-edge-none': () => ({
      make: (
        (handler) => () => () => handler({})
      )(door.createHandler(EDGE, silent)),
      judge: (answer) => (answer.status === '500' ? 'right' : 'wrong'),
    }),
    'check-response': () => ({
      throws: true,
      make: () => () => door.checkResponse({ status: '999', body: 3 }, { eventType: 'viewer-request' }),
      judge: (told) => (told.length > 0 ? 'right' : 'wrong'),
    }),
    signature: () => signature('m', true),
    'signature-forged': () => signature('n', false),
  };
}

async function settle() {
  for (let i = 0; i < 4; ++i) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
}

async function attempt(faults, scenario, kind, which, onwards) {
  const call = scenario.make();
  let told;
  let raised;
  faults.arm(kind, which, onwards);
  let calls;
  try {
    told = call();
    calls = faults.disarm();
    told = await told;
  } catch (error) {
    calls = faults.disarm();
    raised = error;
  }
  return { told, raised, calls };
}

function verdictOf(name, scenario, { told, raised }, which) {
  if (raised === undefined) {
    const verdict = scenario.judge(told);
    assert(verdict === 'right' || verdict === 'denied', `${name}, ${which}: ${JSON.stringify(told)}`);
    return verdict;
  }
  assert(scenario.throws && raised instanceof Error, `${name}, ${which}: threw ${raised?.stack}`);
  return (scenario.raised?.(raised) ?? false) ? 'right' : 'raised';
}

async function runAddon(faults, onwards) {
  const door = require(path.join(DOOR, 'native.js'));
  door.checkResponse({ status: '200' }, { eventType: 'viewer-request' }); // the other addon is loaded as well
  for (const addon of ADDONS) assert.strictEqual(faults.patch(addon), '', `${addon}: imports that no fault is for`);
  for (const [name, make] of Object.entries(scenariosOf(door))) {
    for (const kind of ['napi', 'malloc']) {
      await settle();
      const scenario = make();
      for (let i = 0; i < 2; ++i) assert.strictEqual(verdictOf(name, scenario, await attempt(faults, scenario, kind, 0, false), 0), 'right');
      const tally = { scenario: name, kind, calls: 0, runs: 0, right: 0, denied: 0, raised: 0 };
      for (let which = 1; ; ++which) {
        const tried = await attempt(faults, scenario, kind, which, onwards);
        ++tally[verdictOf(name, scenario, tried, which)];
        ++tally.runs;
        tally.calls = Math.max(tally.calls, tried.calls);
        assert.strictEqual(verdictOf(name, scenario, await attempt(faults, scenario, kind, 0, false), which), 'right');
        if (tried.calls < which) break;
      }
      console.log(JSON.stringify(tally));
    }
  }
  // All verifiers are gone, those that failed half-way as well.
  for (let i = 0; i < 20 && faults.blocks() !== 0; ++i) await settle();
  console.log(JSON.stringify({ scenario: 'left', calls: 0, left: faults.blocks() }));
  await load(onwards);
}

// A thread of its own registers the addon anew, which is where that fails.
async function load(onwards) {
  const tally = { scenario: 'load', kind: 'napi', calls: 0, runs: 0, right: 0, denied: 0, raised: 0 };
  for (let which = 1; ; ++which) {
    const worker = new Worker(__filename, { workerData: { which, onwards, faults: process.argv[2] } });
    const { calls, loaded, error } = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    assert(loaded || error, 'neither loaded nor an error');
    ++tally[loaded ? 'right' : 'raised'];
    ++tally.runs;
    tally.calls = Math.max(tally.calls, calls);
    if (calls < which) break;
  }
  console.log(JSON.stringify(tally));
}

function loadInWorker() {
  const { which, onwards, faults: file } = workerData;
  const faults = require(file);
  let loaded = false;
  let error;
  faults.arm('napi', which, onwards);
  let calls;
  try {
    const made = require(ADDONS[1]);
    calls = faults.disarm();
    // What is there works; a function that is missing is an error when it is called.
    const instance = made.create(new TextEncoder().encode(JSON.stringify(POLICY)));
    loaded = instance.verifyToken(FORGED.slice(7), NOW) !== 0;
  } catch (failure) {
    calls ??= faults.disarm();
    error = String(failure);
  }
  parentPort.postMessage({ calls, loaded, error });
}

// ---- the host: its clock, its random numbers, its memory and its crypto ----

const BROKEN_CLOCKS = [NaN, Infinity, -Infinity, 1e300, -1e300, undefined, null, 'now', {}, 2 ** 80];

async function runClocks(name, door) {
  let cases = 0;
  const real = Date.now;
  const expired = `Bearer ${sign({ exp: NOW })}`;
  for (const policy of [POLICY, EDGE]) {
    const handlers = [door.createHandler(policy, { log: () => {} }), door.createHandler(policy, { log: () => {}, onDecision: () => {} })];
    const gate = new door.Verifier(policy);
    for (const shown of [...BROKEN_CLOCKS, 'throws']) {
      for (const authorization of [expired, GOOD]) {
        Date.now = () => {
          if (shown === 'throws') throw new Error('no clock');
          return shown;
        };
        try {
          for (const handler of handlers) {
            const asked = event(authorization);
            // A clock that shows null shows 1970, as Date's arithmetic has it: nothing has expired then.
            const answer = await handler(asked).catch((error) => error);
            const sound = shown === null;
            if (!sound) assert.notStrictEqual(answer, requestOf(asked), `${name}: let through at ${String(shown)}`);
            ++cases;
          }
          let told;
          try {
            told = gate.verify(event(authorization));
          } catch (error) {
            assert(error instanceof Error);
          }
          if (told !== undefined && shown !== null) assert(!told.allowed, `${name}: allowed at ${String(shown)}`);
          ++cases;
        } finally {
          Date.now = real;
        }
      }
    }
    // A rate limit that has seen 1970 takes the present for a clock that was set: it begins with nothing.
    await handlers[0](event(GOOD));
    Date.now = () => real() + 5000;
    const asked = event(GOOD);
    assert.strictEqual(await handlers[0](asked), requestOf(asked), 'right again');
    Date.now = real;
  }
  console.log(JSON.stringify({ scenario: `clock-${name}`, calls: cases }));
}

async function runRandom(name, door) {
  const real = globalThis.crypto;
  let cases = 0;
  for (const broken of [
    { getRandomValues() { throw new Error('no entropy'); } },
    { getRandomValues: () => undefined },
    {},
    undefined,
  ]) {
    Object.defineProperty(globalThis, 'crypto', { value: broken, configurable: true, writable: true });
    let handler;
    try {
      handler = door.createHandler(EDGE, { log: () => {} });
    } catch (error) {
      assert(error instanceof Error);
    }
    const asked = event(GOOD);
    const answer = handler && (await handler(asked));
    Object.defineProperty(globalThis, 'crypto', { value: real, configurable: true, writable: true });
    if (handler !== undefined) {
      assert(answer !== requestOf(asked) && answer.status === '500', `${name}: a table without a key`);
    }
    ++cases;
  }
  console.log(JSON.stringify({ scenario: `random-${name}`, calls: cases }));
}

/** node:crypto, of which the `which`-th call answers otherwise. */
function lyingCrypto(which, answer) {
  const state = { calls: 0 };
  const wrap = (target, names) =>
    new Proxy(target, {
      get(from, name) {
        const value = from[name];
        if (typeof value !== 'function' || !names.includes(name)) return typeof value === 'function' ? value.bind(from) : value;
        return (...words) => {
          if (++state.calls === which) return answer();
          const told = value.apply(from, words);
          return name === 'createHmac' ? wrap(told, ['update', 'digest']) : told === from ? wrap(from, names) : told;
        };
      },
    });
  const names = ['createSecretKey', 'createPublicKey', 'createHmac', 'verify', 'timingSafeEqual', 'createVerify'];
  return { state, crypto: wrap(nodeCrypto, names) };
}

// `true` would be a host that lies, which nobody can tell. A promise is an answer that has not come.
const RUBBISH = {
  throws: () => { throw new Error('host'); },
  'throws nothing': () => { throw undefined; },
  undefined: () => undefined,
  null: () => null,
  zero: () => 0,
  NaN: () => NaN,
  text: () => '',
  rejects: () => { const told = Promise.reject(new Error('host')); told.catch(() => {}); return told; },
  'never comes': () => new Promise(() => {}),
  object: () => ({}),
  list: () => [1],
  word: () => 'valid',
  number: () => 2,
};

async function runHostCrypto() {
  const { createEngine } = require(path.join(ROOT, 'wasm', 'loader.js'));
  const { makeDoor } = require(path.join(DOOR, 'edge.js'));
  const { readFileSync } = require('node:fs');
  const module = new WebAssembly.Module(readFileSync(path.join(ROOT, 'wasm', 'portcullis.wasm')));
  const tokens = [
    sign({ alg: 'HS384', secret: LONG_SECRET }),
    sign({ alg: 'ES256' }),
    sign({ alg: 'RS256', key: rsa.privateKey }),
  ];
  const forged = tokens.map((token) => token.slice(0, -40) + (token.at(-40) === 'A' ? 'B' : 'A') + token.slice(-39));
  const tally = { scenario: 'host-crypto', calls: 0, runs: 0, right: 0, denied: 0, raised: 0 };
  for (const [name, answer] of Object.entries(RUBBISH)) {
    for (let which = 1; ; ++which) {
      const host = lyingCrypto(which, answer);
      const door = makeDoor(createEngine(module, { loadCrypto: () => host.crypto }));
      let gate;
      try {
        gate = new door.Verifier(HOST);
      } catch (error) {
        assert(error instanceof Error, name);
        ++tally.raised;
      }
      for (const [i, token] of tokens.entries()) {
        if (gate === undefined) continue;
        const told = gate.verifyToken(token, NOW);
        ++tally[told.allowed ? 'right' : 'denied'];
        assert(told.allowed || ['internal_error', 'signature_invalid'].includes(told.reason), `${name}, ${which}: ${told.reason}`);
        const lie = gate.verifyToken(forged[i], NOW);
        assert(!lie.allowed, `${name}, ${which}: a forged token is allowed`);
      }
      ++tally.runs;
      tally.calls = Math.max(tally.calls, host.state.calls);
      if (host.state.calls < which) break;
    }
  }
  console.log(JSON.stringify(tally));
}

// The module cannot be compiled, made or called: what WebAssembly throws when memory is short.
async function runModule() {
  const { createEngine } = require(path.join(ROOT, 'wasm', 'loader.js'));
  const { makeDoor } = require(path.join(DOOR, 'edge.js'));
  const { readFileSync } = require('node:fs');
  let cases = 0;
  for (const form of ['portcullis.wasm', 'portcullis-edge.wasm']) {
    const module = new WebAssembly.Module(readFileSync(path.join(ROOT, 'wasm', form)));
    const policy = form === 'portcullis.wasm' ? POLICY : EDGE;
    const real = WebAssembly.Instance;
    const count = { calls: 0 };
    for (let which = 1; ; ++which) {
      count.calls = 0;
      // Every call of the module's traps in turn, from the making of the instance on.
      WebAssembly.Instance = function (...words) {
        if (++count.calls === which) throw new RangeError('WebAssembly.Instance(): Out of memory');
        const { exports } = new real(...words);
        const broken = {};
        for (const [name, value] of Object.entries(exports)) {
          broken[name] =
            typeof value !== 'function'
              ? value
              : (...given) => {
                  if (++count.calls === which) throw new WebAssembly.RuntimeError('unreachable');
                  return value(...given);
                };
        }
        return { exports: broken };
      };
      try {
        const door = makeDoor(createEngine(module, { loadCrypto: () => nodeCrypto }));
        let handler;
        try {
          handler = door.createHandler(policy, { log: () => {} });
        } catch (error) {
          assert(error instanceof Error);
        }
        if (handler !== undefined) {
          for (const authorization of [FORGED, GOOD, FORGED]) {
            const asked = event(authorization);
            const answer = await handler(asked);
            if (answer === requestOf(asked)) {
              assert(authorization === GOOD && (policy === POLICY || isEdited(asked)), `${form}, ${which}: let through`);
            } else {
              assert(['401', '500'].includes(answer.status), answer.status);
              assert(authorization !== GOOD || answer.status === '500');
            }
          }
        }
      } finally {
        WebAssembly.Instance = real;
      }
      ++cases;
      if (count.calls < which) break;
    }
  }
  // Its memory is as large as it ever gets: there is no growth that could be refused.
  for (const form of ['portcullis.wasm', 'portcullis-edge.wasm', 'portcullis-openssl.wasm', 'portcullis-self-contained.wasm']) {
    const file = path.join(ROOT, 'wasm', form);
    const bytes = require('node:fs').readFileSync(file);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { portcullis: { host_crypto: () => -1 } });
    const { memory } = instance.exports;
    const before = memory.buffer.byteLength;
    assert.throws(() => memory.grow(1), RangeError, `${form}: memory that grows`);
    assert.strictEqual(memory.buffer.byteLength, before);
    ++cases;
  }
  console.log(JSON.stringify({ scenario: 'module', calls: cases }));
}

async function main() {
  const [, , file, what, way] = process.argv;
  if (what === 'addon') return runAddon(require(file), way === 'on');
  const doors = { native: require(path.join(DOOR, 'native.js')), wasm: require(path.join(ROOT, 'wasm', 'index.js')) };
  for (const [name, door] of Object.entries(doors)) {
    await runClocks(name, door);
    await runRandom(name, door);
  }
  await runHostCrypto();
  await runModule();
}

if (isMainThread) main().catch((error) => { console.error(error); process.exit(1); });
else loadInWorker();
