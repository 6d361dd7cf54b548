'use strict';

// The Node and WASM doors under callgrind.
//
//   node count.js <door> <inputs.json> decide
//   node count.js <door> <inputs.json> load <operation>
//   node count.js <door> <inputs.json> run <operation> <n> <warm-up>
//
// `decide` prints what the door answers to each operation. The others check the operation first, and cut
// the count at marks: see ../dev/gate_counts.py.

const { readFileSync } = require('node:fs');

const [door, file, mode, name, n, warmUp] = process.argv.slice(2);
const { now, operations } = JSON.parse(readFileSync(file, 'utf8'));

const eventOf = ({ authorization }) => ({
  Records: [
    {
      cf: {
        config: { eventType: 'viewer-request' },
        request: {
          clientIp: '203.0.113.178',
          headers: {
            host: [{ key: 'Host', value: 'd111111abcdef8.cloudfront.net' }],
            authorization: [{ key: 'Authorization', value: authorization }],
          },
          method: 'GET',
          querystring: '',
          uri: '/records/2026.json',
        },
      },
    },
  ],
});

async function passes(handler, event) {
  return (await handler(event)) === event.Records[0].cf.request;
}

async function decide() {
  const { Verifier, createHandler } = require(door);
  const told = {};
  for (const operation of operations) {
    const event = eventOf(operation);
    told[operation.name] = {
      reason: new Verifier(operation.policy).verify(event, now).reason,
      passes: await passes(createHandler(operation.policy), event),
    };
  }
  console.log(JSON.stringify(told));
}

function check(operation, passed) {
  if (passed !== (operation.reason === 'ok')) throw new Error(`${operation.name}: wrong decision`);
}

async function count() {
  const mark = require('./mark.node');
  const operation = operations.find((each) => each.name === name);
  const policy = JSON.stringify(operation.policy);
  const event = eventOf(operation);
  const repeat = async (handler, times) => {
    for (let i = 0; i < times; ++i) await handler(event);
  };
  mark('start');
  const handler = require(door).createHandler(policy);
  const answer = await handler(event);
  mark('load');
  check(operation, answer === event.Records[0].cf.request);
  if (mode === 'load') return;
  // In several rounds: the loop itself has to be compiled as well.
  for (let round = 0; round < 10; ++round) await repeat(handler, Number(warmUp) / 10);
  check(operation, await passes(handler, event));
  globalThis.gc();
  // In the last tenth of a second the addon asks two clocks: what is counted begins with a second.
  await new Promise((resolve) => setTimeout(resolve, 1000 - new Date().getMilliseconds()));
  mark('warm-up');
  await repeat(handler, Number(n));
  mark('n');
  await repeat(handler, 2 * Number(n));
  mark('2n');
}

(mode === 'decide' ? decide() : count()).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
