'use strict';

// A JavaScript door under soak: soak_door.js MODULE WORKLOAD DECISIONS [leak], with --expose-gc.
// soak_door.py tells what is done and printed; here `wasm` is the memory of all live instances, and
// `grown` what any of them has beyond what it had when it was made.

const { readFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');

const SELDOM = 200; // rounds
const DEEP = 32;
const SAMPLES = 60;
const LEAK = 16; // decisions, of which one is kept when that is asked for

// The instances of WASM doors, which keep them to themselves.
const instances = [];
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, parameters) {
    const made = new target(...parameters);
    const { memory } = made.exports;
    instances.push({ memory: new WeakRef(memory), size: memory.buffer.byteLength });
    return made;
  },
});

const [path, workload, wanted, leak] = process.argv.slice(2);
const { Verifier } = require(path);
const work = JSON.parse(readFileSync(workload, 'ascii'));
const verifiers = work.policies.map((text) => new Verifier(text));
// Rounds between two policies that are read anew. For each instance of WebAssembly that is made and dropped
// Node keeps a kilobyte or two, whatever the module: of many that would be all there is to see.
const swap = instances.length === 0 ? 1 : 32;
const first = new Map();
const kept = leak === undefined ? undefined : [];
let decisions = 0;
let round = 0;

// Promises are what lets the collector take WeakRefs' targets.
const turn = () => new Promise((resolve) => { setImmediate(resolve); });

async function memory() {
  await turn();
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  let wasm = 0;
  let grown = 0;
  const live = instances.filter((each) => each.memory.deref() !== undefined);
  for (const each of live) {
    const size = each.memory.deref().buffer.byteLength;
    wasm += size;
    grown += size - each.size;
  }
  instances.splice(0, instances.length, ...live);
  return instances.length === 0 ? { rss, heapUsed, external } : { rss, heapUsed, external, wasm, grown };
}

const read = ({ claims, response, edits, logLine }) => JSON.stringify([claims, response, edits, logLine]);

function wrong(id, at, decision) {
  const { kind, reason, status, route } = decision;
  throw new Error(`round ${round}, ${id}, step ${at}: ${kind} ${reason} ${status} ${route} ${read(decision)}`);
}

function sweep(list) {
  const deep = round % DEEP === 0;
  let asked = 0;
  for (const { id, policy, fresh, tick = 0, steps } of list) {
    const verifier = fresh ? new Verifier(work.policies[policy]) : verifiers[policy];
    const later = tick * round;
    for (let at = 0; at < steps.length; ++at) {
      const { event, now, kind, reason, status, route } = steps[at];
      const decision = verifier.verify(event, now + later);
      ++asked;
      if (decision.kind !== kind || decision.reason !== reason) wrong(id, at, decision);
      if (deep) {
        if ((decision.status ?? null) !== status || (decision.route ?? null) !== route) wrong(id, at, decision);
        const text = read(decision);
        const key = `${id} ${at}`;
        if (!first.has(key)) first.set(key, text);
        if (tick === 0 && first.get(key) !== text) wrong(id, at, decision);
      }
      if (kept !== undefined && asked % LEAK === 0) kept.push(decision);
    }
  }
  decisions += asked;
}

async function main() {
  const begin = performance.now();
  const samples = [[0, await memory()]];
  for (;; ++round) {
    if (round % SELDOM === 0) sweep(work.seldom);
    sweep(work.often);
    if (round % swap === 0) {
      const policy = (round / swap) % verifiers.length;
      verifiers[policy] = new Verifier(work.policies[policy]);
    }
    if (decisions >= (samples.length * wanted) / SAMPLES) samples.push([decisions, await memory()]);
    if (decisions >= wanted) break;
  }
  const seconds = Math.round((performance.now() - begin) / 10) / 100;
  console.log(JSON.stringify({ door: path, decisions, rounds: round + 1, seconds, samples }));
}

main();
