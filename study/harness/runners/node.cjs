'use strict';

// Runs one task on an unpacked artefact: node.cjs <task.json> <result.json>.
// All marks are hrtime, which is CLOCK_MONOTONIC: the clock the driver also reads.

const fs = require('node:fs');
const path = require('node:path');

const [, , taskFile, resultFile] = process.argv;
const task = JSON.parse(fs.readFileSync(taskFile, 'utf8'));
const now = () => Number(process.hrtime.bigint());

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

async function gate() {
  const handler = loadHandler();
  const outcomes = {};
  for (const { id, event } of task.cases) {
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

async function start() {
  const begin = now();
  const handler = loadHandler();
  const ready = now();
  const readyCpu = cpuTime();
  const result = await handler(task.event);
  const decided = now();
  const decidedCpu = cpuTime();
  return {
    marks: { begin, ready, decided },
    cpu: { ready: readyCpu, decided: decidedCpu },
    outcome: outcomeOf(result, task.event),
    peak_memory: peakMemory(),
  };
}

async function warm() {
  const handler = loadHandler();
  const { events } = task;
  const requests = events.map(requestOf);
  const count = events.length;
  for (const event of events) {
    const outcome = outcomeOf(await handler(event), event);
    if (outcome !== task.expected) return { outcome };
  }

  let allowed = 0;
  let called = 0;
  let at = 0;
  const batch = async (calls) => {
    const begin = now();
    for (let i = 0; i < calls; i += 1) {
      if ((await handler(events[at])) === requests[at]) allowed += 1;
      at = at + 1 === count ? 0 : at + 1;
    }
    const elapsed = now() - begin;
    called += calls;
    return elapsed;
  };

  let calls = task.least_calls;
  // Both windows are CPU time, so that a busy machine stretches them and does not cut them short.
  const begin = cpuTime();
  while (cpuTime() - begin < task.warm_up_ns) if ((await batch(calls)) < task.batch_ns) calls *= 2;

  const samples = [];
  const calledBefore = called;
  const cpuBefore = cpuTime();
  while (cpuTime() - cpuBefore < task.window_ns || samples.length < task.least_batches) {
    samples.push(Math.round(((await batch(calls)) / calls) * 10) / 10);
  }
  return {
    outcome: allowed === (task.expected === 'allow' ? called : 0) ? task.expected : 'changed while timed',
    calls_per_batch: calls,
    samples,
    cpu_per_call: Math.round((cpuTime() - cpuBefore) / (called - calledBefore)),
    peak_memory: peakMemory(),
  };
}

({ gate, vectors, start, warm })[task.kind]().then((result) => {
  fs.writeFileSync(resultFile, JSON.stringify(result));
});
