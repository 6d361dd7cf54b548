'use strict';

// Runs tests/vectors/edge/cases through a JavaScript door: decisions, responses, edits, handlers. Used by
// edge_vectors.test.js of this folder (the addon) and of ../wasm.

const assert = require('node:assert/strict');
const { readFileSync, readdirSync } = require('node:fs');
const { basename, join } = require('node:path');
const { describe, test } = require('node:test');

const folder = join(__dirname, '..', 'vectors', 'edge', 'cases');

// A runner that saw fewer cases than these has not run the vectors.
const fewestCases = 1000;
const fewestHandlerCases = 500;
const latencies = ['<0.1ms', '<1ms', '<10ms', '<100ms', '>=100ms'];

const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .flatMap((name) => {
    const document = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return document.cases.map((item) => ({
      ...item,
      theme: basename(name, '.json'),
      policyObject: document.policies[item.policy],
      alone: item.steps === undefined,
      steps: item.steps ?? [{ now: item.now, event: item.event, expect: item.expect }],
    }));
  });
// One answer at any time, by a verifier that remembers nothing: a handler can be asked.
const anyNow = cases.filter((item) => item.any_now);

const isShadow = ({ policyObject }) => policyObject.mode === 'shadow';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const copyOf = (value) => JSON.parse(JSON.stringify(value));

function requestOf(event) {
  const records = event?.Records;
  const request = Array.isArray(records) ? records[0]?.cf?.request : undefined;
  return isObject(request) ? request : undefined;
}

const alike = (name) => name.toLowerCase().replaceAll('_', '-');

/** The request that goes on (docs/edge.md, "Edits"): a copy. */
function applyEdits(request, edits = {}) {
  const made = copyOf(request);
  const headers = made.headers;
  const removed = new Set((edits.remove ?? []).map(alike));
  for (const name of Object.keys(headers ?? {})) {
    if (removed.has(alike(name))) delete headers[name];
  }
  for (const [name, value] of Object.entries(edits.set ?? {})) headers[name] = [{ key: name, value }];
  if (edits.cookie !== undefined) {
    delete headers.cookie;
    if (edits.cookie !== '') headers.cookie = [{ key: 'Cookie', value: edits.cookie }];
  }
  if (edits.querystring !== undefined) made.querystring = edits.querystring;
  return made;
}

/** The response without its Location, and what `location` of a case says of that. */
function splitLocation(response, expected) {
  const { location, ...headers } = response.headers;
  assert.equal(location.length, 1);
  assert.equal(location[0].key, 'Location');
  const { value } = location[0];
  const mark = value.indexOf('?');
  const parameters = {};
  for (const part of mark < 0 ? [] : value.slice(mark + 1).split('&')) {
    const [name, text, ...more] = part.split('=');
    assert.ok(text !== undefined && more.length === 0 && !Object.hasOwn(parameters, name), value);
    parameters[name] = decodeURIComponent(text);
  }
  const made = { url: mark < 0 ? value : value.slice(0, mark), parameters };
  if (expected.signed !== undefined) {
    const found = /^c([0-9]+)\.[\w-]{43}$/.exec(parameters[expected.signed]);
    assert.ok(found, value);
    delete parameters[expected.signed];
    made.signed = expected.signed;
    made.expires = Number(found[1]);
  }
  return { rest: { ...response, headers }, location: made };
}

function checkResponse(response, expect) {
  let compared = response;
  if (expect.location !== undefined) {
    const { rest, location } = splitLocation(response, expect.location);
    assert.deepEqual(location, expect.location);
    compared = rest;
  }
  assert.deepEqual(compared, expect.response);
}

function check(decision, { event, expect }, shadow) {
  const allowed = expect.decision === 'allow';
  assert.equal(decision.reason, expect.reason);
  assert.equal(decision.kind, expect.decision);
  assert.equal(decision.allowed, allowed);
  assert.equal(decision.status, expect.status);
  assert.equal(decision.route, expect.route);
  if (allowed) {
    assert.equal(decision.response, undefined);
  } else {
    checkResponse(decision.response, expect);
    assert.equal(decision.claims, undefined);
  }
  const request = requestOf(event);
  if (request !== undefined && (allowed || shadow)) {
    assert.deepEqual(applyEdits(request, decision.edits), expect.request ?? request);
  } else if (!shadow) {
    assert.equal(decision.edits, undefined);
  }
}

/**
 * @param {string} name of the door
 * @param {{ Verifier: any, createHandler: any }} door
 * @param {{ core?: boolean }} [options] core: what the core decides, without handlers
 */
function runEdgeVectors(name, door, { core = false } = {}) {
  const { Verifier, createHandler } = door;
  /** @type {Map<string, any>} */
  const made = new Map();
  const makeOnce = (kind, policy, make) => {
    const key = kind + JSON.stringify(policy);
    if (!made.has(key)) made.set(key, make());
    return made.get(key);
  };
  const verifierOf = ({ policyObject, alone }) =>
    alone
      ? makeOnce('verifier', policyObject, () => new Verifier(policyObject))
      : new Verifier(policyObject);
  const handlerOf = ({ policyObject }) =>
    makeOnce('handler', policyObject, () => {
      const lines = [];
      const told = [];
      const log = (line) => lines.push(line);
      const onDecision = (info) => told.push(info);
      return { handler: createHandler(policyObject, { log, onDecision }), lines, told };
    });

  describe(`edge vectors, ${name}`, () => {
    test('the vectors are there', () => {
      assert.ok(cases.length >= fewestCases, `${cases.length} edge cases`);
      assert.ok(anyNow.length >= fewestHandlerCases, `${anyNow.length} cases for a handler`);
    });

    for (const item of cases) {
      test(`decision ${item.id}`, () => {
        const verifier = verifierOf(item);
        for (const step of item.steps) {
          const before = JSON.stringify(step.event);
          check(verifier.verify(step.event, step.now), step, isShadow(item));
          assert.equal(JSON.stringify(step.event), before);
        }
      });
    }

    test('decisions do not depend on their order', () => {
      for (const item of [...cases].reverse()) {
        if (!item.alone) continue;
        const { reason } = verifierOf(item).verify(item.event, item.now);
        assert.equal(`${item.id} ${reason}`, `${item.id} ${item.expect.reason}`);
      }
    });

    for (const item of core ? [] : anyNow) {
      test(`handler ${item.id}`, async () => {
        const { expect } = item;
        const { handler, lines, told } = handlerOf(item);
        lines.length = 0;
        told.length = 0;
        const event = copyOf(item.event);
        const request = requestOf(event);
        const answer = await handler(event);
        if (request !== undefined && (expect.decision === 'allow' || isShadow(item))) {
          assert.equal(answer, request);
          assert.deepEqual(request, expect.request ?? requestOf(item.event));
        } else {
          checkResponse(answer, expect);
          assert.deepEqual(event, item.event);
        }

        assert.equal(told.length, 1);
        const { milliseconds, ...info } = told[0];
        assert.ok(milliseconds >= 0);
        assert.deepEqual(info, {
          kind: expect.decision,
          reason: expect.reason,
          status: expect.status,
          route: expect.route,
        });

        assert.equal(lines.length, expect.log === undefined ? 0 : 1);
        if (expect.log === undefined) return;
        const { latency, requestId, ...logged } = JSON.parse(lines[0]);
        assert.ok(latencies.includes(latency), latency);
        if (request !== undefined) assert.equal(requestId, event.Records[0].cf.config.requestId);
        assert.deepEqual(logged, expect.log);
      });
    }
  });
}

module.exports = { runEdgeVectors };
