'use strict';

// A JavaScript door as a program: one JSON question per line in, one answer per line out, for
// tests/fuzz/replay.py. The argument is the module to ask. A question has a response to be checked, or a
// policy, an event and a time.

const { createInterface } = require('node:readline');

const { Verifier, PolicyError, checkResponse } = require(process.argv[2]);

let known;
let verifier;

function verifierOf(policy) {
  const text = JSON.stringify(policy);
  if (text !== known) {
    verifier = new Verifier(policy);
    known = text;
  }
  // A rate limit counts.
  return policy?.rate_limit === undefined ? verifier : new Verifier(policy);
}

function answer({ policy, event, now, response, event_type: eventType }) {
  if (response !== undefined) {
    const findings = checkResponse(response, { eventType });
    return { reason: `findings`, findings: findings.map(({ rule, path }) => `${rule} ${path}`) };
  }
  try {
    const decision = verifierOf(policy).verify(event, now);
    const { kind, reason, status, route, edits } = decision;
    const line = decision.logLine;
    return {
      kind,
      reason,
      status: status ?? null,
      route: route ?? null,
      response: decision.response ?? null,
      edits: edits ?? null,
      log: line === undefined ? null : JSON.parse(line),
    };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { error: `policy: ${error.path}: ${error.expected}` };
  }
}

async function main() {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const question = JSON.parse(line);
    process.stdout.write(`${JSON.stringify({ id: question.id, ...answer(question) })}\n`);
  }
}

main();
