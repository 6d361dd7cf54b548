'use strict';

// A JavaScript door as a child of the parity test: one JSON question per line in, one answer per
// line out. README.md beside this file tells the members. The argument is the module to ask.

const { createInterface } = require('node:readline');

const { Verifier, PolicyError, createHandler, implementation } = require(process.argv[2]);

const mostVerifiers = 64;
const verifiers = new Map();

function verifierOf(policyHex) {
  if (!verifiers.has(policyHex)) {
    if (verifiers.size >= mostVerifiers) verifiers.clear();
    verifiers.set(policyHex, new Verifier(new Uint8Array(Buffer.from(policyHex, 'hex'))));
  }
  return verifiers.get(policyHex);
}

/** @param {boolean} [edge] what only a policy with an edge layer tells as well */
function renderDecision(decision, edge = false) {
  const layer = { route: decision.route ?? null, edits: decision.edits ?? {}, log: decision.logLine ?? null };
  return {
    kind: decision.kind,
    allowed: decision.allowed,
    reason: decision.reason,
    status: decision.status ?? null,
    response: decision.response ?? null,
    claims: decision.claims ?? null,
    ...(edge ? layer : {}),
  };
}

const answers = {
  decision({ policy_hex, event, now, edge }) {
    return renderDecision(verifierOf(policy_hex).verify(event, now), edge);
  },
  token({ policy_hex, token, now }) {
    return renderDecision(verifierOf(policy_hex).verifyToken(token, now));
  },
  policy({ policy_hex }) {
    try {
      createHandler(new Uint8Array(Buffer.from(policy_hex, 'hex')));
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      const { path, expected, message } = error;
      return { valid: false, path, expected, message };
    }
    return { valid: true };
  },
  async handler({ policy_hex, event }) {
    const answer = await createHandler(new Uint8Array(Buffer.from(policy_hex, 'hex')))(event);
    return answer === event?.Records?.[0]?.cf?.request ? { passes: true } : { response: answer };
  },
  implementation() {
    return { implementation };
  },
};

async function main() {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    let told;
    try {
      const question = JSON.parse(line);
      told = await answers[question.kind](question);
    } catch (error) {
      told = { failure: String(error?.stack ?? error) };
    }
    // A lone surrogate of a claim or response would not survive UTF-8; JSON.stringify escapes it.
    process.stdout.write(JSON.stringify(told) + '\n');
  }
}

main();
