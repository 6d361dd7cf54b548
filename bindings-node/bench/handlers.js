'use strict';

// Handlers side by side in one process, in short batches whose order is drawn anew each time. Reads its
// task as JSON from standard input, writes the nanoseconds a call of each batch. Batches are shorter than a
// turn of the processor, so that neighbours stretch few of them; the thread's processor time would be
// better, but Node has it in steps of whole milliseconds. Nothing is timed before every handler has let
// each event through and refused a forged one.
//
// Of the handlers that the task lists in `calls` a call alone is timed as well, up to the promise that it
// returns, as "<name>/call": what else a promise costs is the affair of whoever awaits it.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const task = JSON.parse(readFileSync(0, 'utf8'));

const requestOf = (event) => event.Records[0].cf.request;

function makeEvent(token) {
  const [authorization, number] = task.marks;
  return JSON.parse(task.event.replace(authorization, () => token).replace(number, 'bench'));
}

/** The handler's own copy of the timed loop: no call site sees two handlers. */
function freshLoop() {
  delete require.cache[require.resolve(task.loop)];
  return require(task.loop);
}

/** No more than the calls: what an async function keeps for its caller would be timed, too. */
function call(handler, events, answers, at, calls) {
  const count = events.length;
  let index = at;
  for (let i = calls; i > 0; i -= 1) {
    const answer = handler(events[index]);
    if (i <= count) answers[index] = answer; // to keep each would be timed, too
    index = index + 1 === count ? 0 : index + 1;
  }
  return index;
}

/** Calls without awaiting; the last answer for each event is looked at when the clock has stopped. */
async function timeCalls(handler, { events, requests }, at, calls) {
  const answers = new Array(events.length);
  const begin = process.hrtime.bigint();
  const next = call(handler, events, answers, at, calls);
  const ns = Number(process.hrtime.bigint() - begin);
  for (const [i, answer] of answers.entries()) {
    if (answer !== undefined && (await answer) !== requests[i]) return [ns, 0, next];
  }
  return [ns, calls, next];
}

function shuffled(values) {
  const order = values.map((value) => [Math.random(), value]);
  return order.sort(([a], [b]) => a - b).map(([, value]) => value);
}

async function load({ name, folder, entry }) {
  const [file, member] = entry.split('.');
  const handler = require(join(folder, file))[member];
  const cell = { events: task.tokens.map(makeEvent), status: null };
  cell.requests = cell.events.map(requestOf);
  for (const [i, event] of cell.events.entries()) {
    if ((await handler(event)) !== cell.requests[i]) throw new Error(`${name}: denies a valid token`);
  }
  // The floor lets everything through, and is not a verifier.
  if (name !== task.floor && (await handler(makeEvent(task.forged)))?.status !== '401') {
    throw new Error(`${name}: does not refuse a forged token`);
  }
  const loop = freshLoop();
  const awaited = typeof handler(cell.events[0])?.then === 'function';
  const run = awaited ? loop.timeAsync : loop.timeSync;
  const subject = (label, timer) => ({
    ...{ name: label, calls: 1, at: 0, samples: [] },
    time: (at, calls) => timer(handler, cell, at, calls),
  });
  const subjects = [subject(name, run)];
  if (task.calls?.includes(name)) subjects.push(subject(`${name}/call`, timeCalls));
  return subjects;
}

async function batch(subject) {
  const [ns, right, next] = await subject.time(subject.at, subject.calls);
  if (right !== subject.calls) throw new Error(`${subject.name}: a wrong answer while timed`);
  subject.at = next;
  return ns;
}

async function main() {
  const subjects = [];
  for (const handler of task.handlers) subjects.push(...(await load(handler)));
  for (const subject of shuffled(subjects)) {
    const end = performance.now() + task.warmUpMs;
    while (performance.now() < end) {
      if ((await batch(subject)) < (task.batchMs * 1e6) / 2) subject.calls *= 2;
    }
  }
  for (let i = 0; i < task.batches; i += 1) {
    for (const subject of shuffled(subjects)) {
      subject.samples.push((await batch(subject)) / subject.calls);
    }
  }
  console.log(JSON.stringify(Object.fromEntries(subjects.map(({ name, samples }) => [name, samples]))));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
