'use strict';

// A JavaScript door among worker threads: crowd.js SCENARIO MODULE WORKLOAD SECONDS. Prints how much was
// decided, and nothing on standard error; a wrong decision ends the process with 1.
//
// The scenarios are the functions below. Each ends the process in its own way. A worker is this file
// again, with what it does in workerData.

const { createHmac } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const THREADS = 4;
const ISSUER = 'https://issuer.example/';
const NOW = 1_700_000_000;
const bindings = join(__dirname, '..', '..', 'bindings-node');

// Takes turns with what else the thread has to do.
const turn = () => new Promise((resolve) => { setImmediate(resolve); });
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

class Crowd {
  constructor(path, workload, every = 1) {
    const work = JSON.parse(readFileSync(workload, 'ascii'));
    this.door = require(path);
    this.policies = work.policies;
    this.cases = work.often.filter(({ tick }, at) => tick === undefined && at % every === 0);
    this.verifiers = new Map();
    this.decisions = 0;
    this.round = 0;
  }

  make(policy) {
    const made = new this.door.Verifier(this.policies[policy]);
    this.verifiers.set(policy, made);
    return made;
  }

  /** Once through all cases; one verifier is made anew. */
  judge() {
    for (const { id, policy, steps } of this.cases) {
      const verifier = this.verifiers.get(policy) ?? this.make(policy);
      for (const { event, now, kind, reason } of steps) {
        const decision = verifier.verify(event, now);
        if (decision.kind !== kind || decision.reason !== reason) {
          throw new Error(`${id}: ${decision.kind} ${decision.reason}, not ${kind} ${reason}`);
        }
        if (kind === 'allow') void [decision.claims, decision.edits];
        else void decision.response;
        ++this.decisions;
      }
    }
    this.make(this.cases[this.round++ % this.cases.length].policy);
  }
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A refreshing verifier whose set changes with every fetch: `a` is always in it, `b` every other time.
 * Another key calls itself `b` as well, and is never in it.
 */
function makeKeys(door) {
  const { createRefreshingVerifier } = require(join(bindings, 'jwks.js'));
  const secrets = { a: Buffer.alloc(32, 'a'), b: Buffer.alloc(32, 'b'), x: Buffer.alloc(32, 'x') };
  const kids = { a: 'a', b: 'b', x: 'b' };
  const jwk = (name) => ({ kty: 'oct', kid: kids[name], k: secrets[name].toString('base64url') });
  const sign = (name) => {
    const claims = { iss: ISSUER, aud: 'api', exp: NOW * 2 };
    const text = `${encode({ alg: 'HS256', kid: kids[name] })}.${encode(claims)}`;
    return `${text}.${createHmac('sha256', secrets[name]).update(text).digest('base64url')}`;
  };
  let fetches = 0;
  const verifier = createRefreshingVerifier({
    Verifier: door.Verifier,
    policy: { algorithms: ['HS256'], issuer: ISSUER, audience: 'api', keys: [jwk('a')], routes: [{ path: '/**' }] },
    jwks: { [ISSUER]: 'https://issuer.example/keys' },
    timeout: 60, // on a machine that does much else
    fetch: async () => {
      await turn();
      return new Response(JSON.stringify({ keys: (++fetches % 2 === 0 ? ['a'] : ['a', 'b']).map(jwk) }));
    },
  });
  const tokens = { a: sign('a'), b: sign('b'), x: sign('x') };
  const mayBe = { a: ['ok'], b: ['ok', 'key_not_found'], x: ['signature_invalid', 'key_not_found'] };
  const judge = () => {
    for (const [name, token] of Object.entries(tokens)) {
      const { reason } = verifier.verifyToken(token, NOW);
      if (!mayBe[name].includes(reason)) throw new Error(`${name}: ${reason}`);
    }
  };
  const swap = async () => {
    const refreshing = verifier.refresh();
    judge();
    if (!(await refreshing)) throw new Error(JSON.stringify(verifier.status()));
    const { reason } = verifier.verifyToken(tokens.b, NOW);
    const expected = fetches % 2 === 0 ? 'key_not_found' : 'ok';
    if (reason !== expected) throw new Error(`after a swap: ${reason}, not ${expected}`);
    judge();
  };
  return { verifier, swap };
}

// --- in a worker --------------------------------------------------------------------------------

async function work({ path, workload, every, milliseconds, leaves }) {
  const crowd = new Crowd(path, workload, every);
  const { swap } = makeKeys(crowd.door);
  crowd.judge();
  parentPort.postMessage('started');
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    crowd.judge();
    await swap();
    if (leaves) process.exit(0); // ends this thread alone
  }
  parentPort.postMessage(crowd.decisions);
}

// --- in the main thread -------------------------------------------------------------------------

let failed = false;

function start(given) {
  const worker = new Worker(__filename, { workerData: { milliseconds: 1e9, every: 1, ...given } });
  const told = { decisions: 0 };
  const started = new Promise((resolve) => {
    worker.on('message', (message) => {
      if (message === 'started') resolve();
      else told.decisions = message;
    });
    worker.on('error', (error) => {
      failed = true;
      console.error(error);
      resolve();
    });
    worker.on('exit', resolve);
  });
  const ended = new Promise((resolve) => { worker.on('exit', resolve); });
  return { worker, told, started, ended };
}

const scenarios = {
  /** Threads that decide and swap keys, the main one among them. */
  async swap({ path, workload, seconds }) {
    const threads = Array.from({ length: THREADS }, () => start({ path, workload, milliseconds: seconds * 1000 }));
    const crowd = new Crowd(path, workload);
    const { swap } = makeKeys(crowd.door);
    await Promise.all(threads.map(({ started }) => started));
    const end = performance.now() + seconds * 1000;
    do {
      crowd.judge();
      await swap();
    } while (performance.now() < end);
    let total = crowd.decisions;
    for (const { ended, told } of threads) {
      if ((await ended) !== 0 || told.decisions === 0) throw new Error('a thread has failed');
      total += told.decisions;
    }
    return total;
  },

  /** Threads that are ended in the middle of a call, or end themselves, while others go on. */
  async terminate({ path, workload, seconds }) {
    const stays = start({ path, workload, milliseconds: seconds * 1000 });
    await stays.started;
    let count = 0;
    for (const end = performance.now() + seconds * 1000; performance.now() < end || count < 4; ++count) {
      const leaves = count % 4 === 3;
      const other = start({ path, workload, every: 17, leaves });
      // One in four before it has loaded anything.
      if (count % 4 !== 2) await other.started;
      await pause(Math.random() * 5);
      if (!leaves) await other.worker.terminate();
      await other.ended;
    }
    if ((await stays.ended) !== 0 || stays.told.decisions === 0) throw new Error('a thread has failed');
    return stays.told.decisions;
  },

  /** The addon, or the module, loaded and dropped many times, in threads and in the main one. */
  async reload({ path, workload, seconds }) {
    let total = 0;
    for (const end = performance.now() + seconds * 1000; performance.now() < end || total === 0;) {
      const thread = start({ path, workload, every: 53, milliseconds: 1 });
      for (const name of Object.keys(require.cache)) {
        if (name !== __filename) delete require.cache[name];
      }
      const crowd = new Crowd(path, workload, 53);
      crowd.judge();
      if ((await thread.ended) !== 0) throw new Error('a thread has failed');
      total += crowd.decisions + thread.told.decisions;
      globalThis.gc();
    }
    return total;
  },

  /** process.exit while threads are inside. */
  async exit({ path, workload, seconds }) {
    const threads = Array.from({ length: THREADS }, () => start({ path, workload }));
    await Promise.all(threads.map(({ started }) => started));
    await pause(seconds * 1000);
    console.log(JSON.stringify({ decisions: 0 }));
    process.exit(0);
  },

  /** process.exit from inside a handler, where a listener was called. */
  async exitInHandler({ path, workload, seconds }) {
    const crowd = new Crowd(path, workload);
    for (const end = performance.now() + seconds * 500; performance.now() < end;) crowd.judge();
    const policy = { ...JSON.parse(crowd.policies[0]), log: { decisions: 'all' } };
    const handler = crowd.door.createHandler(policy, {
      log() {
        console.log(JSON.stringify({ decisions: crowd.decisions }));
        process.exit(0);
      },
    });
    await handler({});
    throw new Error('still here');
  },

  /** Nothing that a door makes keeps a process alive, a fetch under way excepted that `close` ends. */
  async drain({ path, workload, seconds }) {
    const crowd = new Crowd(path, workload);
    const { verifier, swap } = makeKeys(crowd.door);
    for (const end = performance.now() + seconds * 500; performance.now() < end;) crowd.judge();
    await swap();
    verifier.close();
    await turn();
    // Standard output may be a pipe: it is there before.
    const left = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'Immediate');
    if (left.length !== 0) throw new Error(`left: ${left}`);
    process.on('exit', () => crowd.judge());
    return crowd.decisions;
  },
};

async function main() {
  const [name, path, workload, seconds] = process.argv.slice(2);
  const decisions = await scenarios[name]({ path, workload, seconds: Number(seconds) });
  if (failed) process.exitCode = 1;
  else console.log(JSON.stringify({ decisions }));
}

if (isMainThread) main();
else work(workerData);
