'use strict';

// A door in worker threads: each has its own, none disturbs another, none outlives its thread.

const assert = require('node:assert/strict');
const { join } = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { now, makePolicy, goodToken } = require('./tokens.js');

function start(door, rounds) {
  const worker = new Worker(join(__dirname, 'worker_main.js'), { workerData: { door, rounds } });
  const messages = [];
  const started = new Promise((resolve, reject) => {
    worker.on('message', (message) => {
      messages.push(message);
      resolve();
    });
    worker.on('error', reject);
  });
  const ended = new Promise((resolve) => { worker.on('exit', resolve); });
  return { worker, messages, started, ended };
}

/** @param {string} path of the door's file */
function workerTests(path) {
  test('threads judge at the same time', async () => {
    const threads = Array.from({ length: 4 }, () => start(path, 300));
    await Promise.all(threads.map(({ started }) => started));
    for (const { messages, ended } of threads) {
      assert.equal(await ended, 0);
      assert.deepEqual(messages, ['started', { judged: 3010 }]);
    }
  });

  test('threads that are ended while they judge', async () => {
    for (let i = 0; i < 6; ++i) {
      const { worker, messages, started } = start(path, Infinity);
      await started;
      await worker.terminate();
      assert.deepEqual(messages, ['started']);
    }
  });

  test('many threads, half of which are ended in the middle', async () => {
    const threads = Array.from({ length: 16 }, (_, i) => start(path, i % 2 === 0 ? 10 : Infinity));
    await Promise.all(threads.map(async ({ worker, messages, started, ended }, i) => {
      await started;
      if (i % 2 === 1) await worker.terminate();
      else assert.equal(await ended, 0);
      assert.deepEqual(messages, i % 2 === 1 ? ['started'] : ['started', { judged: 110 }]);
    }));
  });

  test('the door of the main thread goes on', async () => {
    const { Verifier } = require(path);
    const verifier = new Verifier(makePolicy());
    for (let i = 0; i < 3; ++i) {
      const { started, ended } = start(path, 5);
      await started;
      assert.equal(verifier.verifyToken(goodToken, now).reason, 'ok');
      assert.equal(await ended, 0);
      assert.equal(verifier.verifyToken(goodToken, now).reason, 'ok');
    }
  });
}

module.exports = { workerTests };
