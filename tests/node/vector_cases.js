'use strict';

// Runs tests/vectors through a JavaScript door: decisions, bare tokens, handlers, policies,
// signatures. Used by
// vectors.test.js of this folder (the addon) and of ../wasm.

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const { basename, join } = require('node:path');
const { describe, test } = require('node:test');

const root = join(__dirname, '..', 'vectors');

// A runner that saw fewer cases than these has not run the vectors.
const fewestDecisions = 120;
const fewestPolicies = 60;
const fewestSignatures = 100;
// The bytes of an Authorization value that the core looks at (core/src/limits.hpp).
const longestAuthorization = 16448;

/** @param {string} folder */
function load(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      theme: basename(name, '.json'),
      ...JSON.parse(readFileSync(join(root, folder, name), 'utf8')),
    }));
}

const decisions = load('decisions').flatMap(({ theme, policies, cases }) =>
  cases.map((item) => ({ ...item, theme, policyObject: policies[item.policy] })),
);
const policies = load('policies').flatMap(({ theme, cases }) =>
  cases.map((item) => ({ ...item, theme })),
);
const signatures = load('signatures').flatMap(({ cases }) => cases);
const responses = new Map(
  load('responses')[0].rows.map((row) => [`${row.realm}\n${row.reason}`, row.response]),
);

function expectedResponse({ policyObject, expect }) {
  if (expect.decision === 'allow') return undefined;
  const response = responses.get(`${policyObject.realm ?? 'portcullis'}\n${expect.reason}`);
  assert.ok(response, 'a response row');
  return response;
}

/** The token of a value that is "Bearer", spaces and anything, not longer than what is read. */
function bareToken({ event }) {
  const records = event?.Records;
  const record = Array.isArray(records) ? records[0] : undefined;
  const list = record?.cf?.request?.headers?.authorization;
  const value = Array.isArray(list) && list.length === 1 ? list[0]?.value : undefined;
  if (typeof value !== 'string') return undefined;
  if (Buffer.byteLength(value) > longestAuthorization) return undefined;
  return /^bearer +([^ ].*)$/is.exec(value)?.[1];
}

function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString('utf8'));
}

function check(decision, item) {
  const { expect } = item;
  const allowed = expect.decision === 'allow';
  assert.equal(decision.reason, expect.reason);
  assert.equal(decision.kind, expect.decision);
  assert.equal(decision.allowed, allowed);
  assert.equal(decision.status, expect.status);
  assert.deepEqual(decision.response, expectedResponse(item));
  assert.deepEqual(decision.claims, allowed ? claimsOf(bareToken(item)) : undefined);
}

/** Every spelling in which a door takes the policy of a policy case. */
function policyForms(item) {
  if (item.policy_base64 !== undefined) {
    return [new Uint8Array(Buffer.from(item.policy_base64, 'base64'))];
  }
  const text = item.policy_text ?? JSON.stringify(item.policy);
  const forms = [text, new TextEncoder().encode(text)];
  if (item.policy !== undefined) forms.push(item.policy);
  return forms;
}

/** Whether the signature of a case is valid. A key that cannot be used verifies nothing. */
function judgeSignature({ verifySignature, PolicyError }, item) {
  const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));
  try {
    return verifySignature(item.alg, item.jwk, bytes(item.message_hex), bytes(item.signature_hex));
  } catch (error) {
    assert.ok(error instanceof PolicyError, error);
    return false;
  }
}

/**
 * @param {string} name of the door
 * @param {{ Verifier: any, PolicyError: any, createHandler: any, verifySignature: any }} door
 * @param {{ core?: boolean }} [options] core: what the core decides, asked in one way each
 */
function runVectors(name, door, { core = false } = {}) {
  const { Verifier, PolicyError, createHandler } = door;
  /** @type {Map<string, any>} Made once for each policy, as a function makes them. */
  const made = new Map();
  const makeOnce = (kind, policy, make) => {
    const key = kind + JSON.stringify(policy);
    if (!made.has(key)) made.set(key, make());
    return made.get(key);
  };
  const verifierOf = ({ policyObject }) =>
    makeOnce('verifier', policyObject, () => new Verifier(policyObject));

  describe(`vectors, ${name}`, () => {
    const tokens = decisions.filter((item) => bareToken(item) !== undefined);
    const anyNow = decisions.filter((item) => item.any_now);

    test('the vectors are there', () => {
      assert.ok(decisions.length >= fewestDecisions, `${decisions.length} decision cases`);
      assert.ok(tokens.length >= fewestDecisions, `${tokens.length} cases with a token`);
      assert.ok(anyNow.length >= fewestDecisions, `${anyNow.length} cases for a handler`);
      assert.ok(policies.length >= fewestPolicies, `${policies.length} policy cases`);
      assert.ok(signatures.length >= fewestSignatures, `${signatures.length} signature cases`);
    });

    for (const item of decisions) {
      test(`decision ${item.id}`, () => {
        const before = JSON.stringify(item.event);
        check(verifierOf(item).verify(item.event, item.now), item);
        assert.equal(JSON.stringify(item.event), before);
      });
    }

    test('decisions do not depend on their order', () => {
      for (const item of [...decisions].reverse()) {
        const { reason } = verifierOf(item).verify(item.event, item.now);
        assert.equal(`${item.id} ${reason}`, `${item.id} ${item.expect.reason}`);
      }
    });

    for (const item of core ? [] : tokens) {
      test(`token ${item.id}`, () => {
        check(verifierOf(item).verifyToken(bareToken(item), item.now), item);
      });
    }

    for (const item of core ? [] : anyNow) {
      test(`handler ${item.id}`, async () => {
        const { policyObject, event, expect } = item;
        const handler = makeOnce('handler', policyObject, () => createHandler(policyObject));
        const before = JSON.stringify(event);
        const answer = await handler(event);
        if (expect.decision === 'allow') {
          assert.equal(answer, event.Records[0].cf.request);
        } else {
          assert.deepEqual(answer, expectedResponse(item));
          assert.notEqual(await handler(event), answer);
        }
        assert.equal(JSON.stringify(event), before);
      });
    }

    for (const item of signatures) {
      test(`signature ${item.id}`, () => assert.equal(judgeSignature(door, item), item.valid));
    }

    for (const item of policies) {
      test(`policy ${item.id}`, () => {
        for (const form of policyForms(item).slice(0, core ? 1 : undefined)) {
          if (item.expect.valid) {
            assert.ok(new Verifier(form));
            continue;
          }
          for (const make of [() => new Verifier(form), () => createHandler(form)]) {
            assert.throws(make, (error) => {
              assert.ok(error instanceof PolicyError);
              assert.equal(error.code, 'ERR_PORTCULLIS_POLICY');
              assert.equal(error.path, item.expect.path);
              assert.match(error.expected, /^expected /);
              assert.equal(error.message, `policy: ${error.path}: ${error.expected}`);
              return true;
            });
          }
        }
      });
    }
  });
}

module.exports = { runVectors, signatures };
