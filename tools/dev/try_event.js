'use strict';

// Runs one event through a door. Standard input: { door, judges, policy, event, now, calls }, with policy and
// event as text. Standard output: one JSON object; what the door throws about the policy is { error }. A
// door that does not judge has a handler alone.

const { readFileSync } = require('node:fs');

const { door, judges, policy, event, now, calls } = JSON.parse(readFileSync(0, 'utf8'));

const nanoseconds = () => Number(process.hrtime.bigint());
const passed = (begin) => nanoseconds() - begin;

/** What the whole handler gives, by the clock; each call gets an event of its own, as on Lambda. */
async function callHandler(handler) {
  const value = await handler(JSON.parse(event));
  const times = [];
  for (let i = 0; i < calls; i += 1) {
    const again = JSON.parse(event);
    const begin = nanoseconds();
    await handler(again);
    times.push(passed(begin));
  }
  return { value, times };
}

async function passThrough() {
  const lines = [];
  console.log = (line) => lines.push(line);
  const begin = nanoseconds();
  const { handler } = require(door);
  const loaded = passed(begin);
  const { value, times } = await callHandler(handler);
  return { handler: { value }, log: lines.slice(0, 2), times: { loaded, calls: times } };
}

async function judge() {
  let begin = nanoseconds();
  const { Verifier, createHandler } = require(door);
  const loaded = passed(begin);

  begin = nanoseconds();
  const verifier = new Verifier(policy);
  const made = passed(begin);

  begin = nanoseconds();
  const decision = verifier.verify(JSON.parse(event), now ?? undefined);
  const first = passed(begin);
  const { kind, reason, status, route, response, edits, claims } = decision;

  const lines = [];
  const handler = createHandler(policy, { log: (line) => lines.push(line) });
  const one = JSON.parse(event);
  const result = await handler(one);
  const same = result !== undefined && result === one?.Records?.[0]?.cf?.request;
  const { times } = await callHandler(handler);
  return {
    ...{ kind, reason, status, route, response, edits, claims },
    handler: { returns: same ? 'the request' : 'a response', value: result },
    log: lines.slice(0, 1),
    times: { loaded, made, first, calls: times },
  };
}

const { log } = console;

(judges ? judge() : passThrough())
  .catch((error) => ({ error: error?.code === 'ERR_PORTCULLIS_POLICY' ? error.message : String(error?.stack ?? error) }))
  .then((told) => log(JSON.stringify(told)));
