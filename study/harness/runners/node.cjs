'use strict';

// Runs one task on an unpacked artefact: node.cjs <task.json> <result.json>.
// Times are hrtime, which is CLOCK_MONOTONIC.

const fs = require('node:fs');
const path = require('node:path');

const [, , taskFile, resultFile] = process.argv;
const task = JSON.parse(fs.readFileSync(taskFile, 'utf8'));

function loadHandler() {
  const [file, name] = task.entry.split('.');
  return require(path.join(task.folder, file))[name];
}

function peakMemory() {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

const requestOf = (event) => event?.Records?.[0]?.cf?.request;

function outcomeOf(result, event) {
  const request = requestOf(event);
  if (request !== undefined && result === request) return 'allow';
  return typeof result?.status === 'string' ? result.status : 'neither a request nor a response';
}

async function gate(handler) {
  const outcomes = {};
  for (const { id, event } of JSON.parse(fs.readFileSync(task.cases, 'utf8'))) {
    const before = JSON.stringify(event);
    try {
      const result = await handler(event);
      const changed = JSON.stringify(event) !== before;
      const outcome = changed ? 'event changed' : outcomeOf(result, event);
      outcomes[id] = { outcome, response: outcome === 'allow' ? null : result };
    } catch (error) {
      outcomes[id] = { outcome: 'throws', response: String(error) };
    }
  }
  return { outcomes };
}

// Replays decision vectors on a door's module: the events and times of the vectors, with their own policies.
async function vectors() {
  const { Verifier } = require('node:module').createRequire(task.base)(task.module);
  const failed = [];
  let cases = 0;
  for (const file of task.files) {
    const { policies, cases: rows } = JSON.parse(fs.readFileSync(file, 'utf8'));
    const verifiers = {};
    for (const row of rows) {
      cases += 1;
      const verifier = (verifiers[row.policy] ??= new Verifier(policies[row.policy]));
      const { kind, reason, status } = verifier.verify(row.event, row.now);
      const { expect } = row;
      if (kind !== expect.decision || reason !== expect.reason || status !== expect.status) {
        failed.push(`${row.id}: ${kind} ${reason}, expected ${expect.decision} ${expect.reason}`);
      }
    }
  }
  return { cases, failed };
}

// The events of a cell: parsed from text as the runtime's client parses them, one for each token.
function cellOf({ cell, tokens, event, expected }, few) {
  const lines = fs.readFileSync(tokens, 'latin1').split('\n').slice(0, -1).slice(0, few);
  const events = lines.map((token, index) =>
    JSON.parse(event.replace(task.marks.authorization, () => token).replace(task.marks.request, () => task.requests[index])),
  );
  return { cell, events, requests: events.map(requestOf), expected, status: expected === 'allow' ? null : expected };
}

// Puts every event of a cell to the handler while no clock runs. Returns the first wrong answer, if there is one.
async function check(handler, { cell, events, expected }) {
  for (const event of events) {
    const outcome = outcomeOf(await handler(event), event);
    if (outcome !== expected) return `${cell}: answered ${outcome}, expected ${expected}`;
  }
  return undefined;
}

// Times one cell: every batch from the first call on is kept. Batches grow from one call until they last batch_ns.
// Both windows are CPU time, so that a busy machine stretches them and does not cut them short.
async function timeCell(time, handler, cell, { warm_up_ns: warmUp, window_ns: window, batch_ns: batch, least_batches: least }) {
  const batches = [];
  let calls = 1;
  let at = 0;
  let right = 0;
  let called = 0;
  const one = async () => {
    const [elapsed, hits, next] = await time(handler, cell, at, calls);
    batches.push([calls, elapsed]);
    called += calls;
    right += hits;
    at = next;
    return elapsed;
  };
  await time(handler, cell, 0, 0); // the loop is compiled before it is timed; the handler is not called
  const begin = cpuTime();
  while (cpuTime() - begin < warmUp) if ((await one()) < batch) calls *= 2;

  const from = batches.length;
  const calledBefore = called;
  const cpuBefore = cpuTime();
  while (cpuTime() - cpuBefore < window || batches.length - from < least) await one();
  const cpu = cpuTime() - cpuBefore;
  return { cell: cell.cell, batches, steady: [from, batches.length], cpu, steady_calls: called - calledBefore, called, right };
}

// Checks a cell whole and then times it. A sweep holds the events of one cell at a time.
async function measure(handler, loop, description) {
  const cell = cellOf(description);
  let wrong = await check(handler, cell);
  if (wrong) return { wrong };
  try {
    const result = await timeCell(loop, handler, cell, task);
    if (result.right === result.called) return result;
    wrong = `${result.called - result.right} of ${result.called} answers were wrong while timed`;
  } catch (error) {
    wrong = `threw while timed: ${error}`;
  }
  return { wrong: `${cell.cell}: ${wrong}` };
}

async function timeCells() {
  const handler = loadHandler();
  // Equal decisions first: here some of every outcome, and every event of a cell before that cell is timed. The gate's
  // whole list comes after the clock: its hostile shapes would leave the engine's inline caches megamorphic, which no
  // service's traffic does.
  const others = task.outcomes.map((cell) => cellOf(cell, task.few));
  for (const cell of others) {
    const wrong = await check(handler, cell);
    if (wrong) return { wrong };
  }
  // A sweep's windows are short: its process is warm before the first of them.
  for (const begin = cpuTime(); cpuTime() - begin < task.mix_ns; ) for (const cell of others) await check(handler, cell);

  // A handler whose first answer is no promise is called without await; one that then answers a promise is wrong.
  const awaited = typeof handler(others[0].events[0])?.then === 'function';
  const name = awaited ? 'timeAsync' : 'timeSync';
  const results = [];
  for (const cell of task.cells) {
    const result = await measure(handler, freshLoop()[name], cell);
    if (result.wrong) return result;
    results.push(result);
  }
  const memory = peakMemory();

  // What the loop itself takes: around a function that returns what it is given.
  const empty = awaited ? async (event) => event : (event) => event;
  const floor = await timeCell(freshLoop()[name], empty, { ...cellOf(task.cells[0]), status: null }, task.floor);
  const { outcomes } = await gate(handler);
  return { cells: results, awaited, floor, peak_memory: memory, gate: outcomes };
}

function freshLoop() {
  const file = require.resolve('./loop.cjs');
  delete require.cache[file];
  return require(file);
}

({ gate: () => gate(loadHandler()), vectors, warm: timeCells, sweep: timeCells })[task.kind]().then((result) => {
  fs.writeFileSync(resultFile, JSON.stringify(result));
});
