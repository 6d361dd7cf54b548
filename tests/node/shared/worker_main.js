'use strict';

// A worker thread of worker_tests.js: judges tokens until it is done, or told to end by being ended.

const { parentPort, workerData } = require('node:worker_threads');
const { now, makePolicy, makeEvent, goodToken } = require('./tokens.js');

const { Verifier, createHandler } = require(workerData.door);
let judged = 0;
const verifiers = Array.from({ length: 5 }, () => new Verifier(makePolicy()));
const handler = createHandler(makePolicy());
// By the engine of the edge layer, which is another module or addon.
const edgeHandler = createHandler(makePolicy({ routes: [{ path: '/**' }] }));

async function judge() {
  for (const verifier of verifiers) {
    const allowed = verifier.verifyToken(goodToken, now);
    const denied = verifier.verify(makeEvent('Bearer x'), now);
    if (!allowed.allowed || allowed.claims.sub !== 'u') throw new Error(allowed.reason);
    if (denied.reason !== 'token_malformed') throw new Error(denied.reason);
    judged += 2;
  }
  const event = makeEvent(`Bearer ${goodToken}`);
  for (const each of [handler, edgeHandler]) {
    if ((await each(event)) !== event.Records[0].cf.request) throw new Error('handler');
  }
  new Verifier(makePolicy()); // left to the collector
}

(async () => {
  await judge();
  parentPort.postMessage('started');
  for (let round = 0; round < workerData.rounds; ++round) {
    await judge();
    if (round % 100 === 0) await new Promise((resolve) => { setImmediate(resolve); });
  }
  parentPort.postMessage({ judged });
})();
