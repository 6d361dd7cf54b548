'use strict';

// The edge layer by the addon, and what edge_layer.js does when the engine below it fails.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const native = require('../../bindings-node/native.js');
const addon = require('../../bindings-node/portcullis.node');
const edgeAddon = require('../../bindings-node/portcullis-edge.node');
const { makeDoor } = require('../../bindings-node/edge.js');
const { edgeLayerTests, makeRequest, requestOf } = require('./shared/edge_layer_tests.js');
const { now, makePolicy, goodToken } = require('./shared/tokens.js');

edgeLayerTests(native);

// A policy with an edge layer on an engine that is made for the purpose.

const policy = makePolicy({ routes: [{ path: '/**' }] });
const fail = () => { throw new Error('the engine failed'); };
const DENIED = (1 << 10) | (1 << 8) | 13; // expired, by the first route
const response = JSON.stringify({ status: '401', headers: {}, body: 'x' });
const reasons = Array.from({ length: 31 }, (_, i) => `reason${i}\n401\n`);

function makeEdge(more = {}, flags = '000') {
  const edge = {
    describe: () => `${flags}\nauthorization`,
    seed: () => true,
    judge: () => DENIED,
    response: () => response,
    edits: fail,
    log: () => '"decision":"deny"',
    claims: fail,
    answerChallenge: fail,
    checkResponse: () => '',
    ...more,
  };
  return makeDoor({ implementation: 'native', create: () => ({ edge, reasons: () => reasons }) });
}

const ask = (door, options) => door.createHandler(policy, options)(makeRequest());

test('what is judged is one text', async () => {
  const asked = [];
  const door = makeEdge({
    describe: () => '000\nauthorization\ncookie\nx-a',
    judge: (...rest) => { asked.push(rest); return DENIED; },
  });
  const headers = { authorization: ['a', 'b'], cookie: ['a=1', 'b=2'], 'x-a': '' };
  new door.Verifier(policy).verify(makeRequest({ uri: '/ä', querystring: undefined, headers }), now);
  new door.Verifier(policy).verify({}, now);
  assert.deepEqual(asked, [
    ['1GET\x001/ä\x000\x001203.0.113.7\x002\x001a=1; b=2\x001', now],
    ['4\x004\x004\x004\x004\x004\x004', now],
  ]);
});

test('an edge policy costs one call of the engine for a request that passes', async () => {
  const called = [];
  const edge = new Proxy({}, {
    get: (target, name) => (...rest) => {
      called.push(name);
      return { describe: '000\nauthorization', seed: true, judge: 0 }[name] ?? fail(rest);
    },
  });
  const door = makeDoor({ implementation: 'native', create: () => ({ edge }) });
  const handler = door.createHandler(policy);
  called.length = 0;
  const event = makeRequest();
  assert.equal(await handler(event), requestOf(event));
  assert.deepEqual(called, ['judge']);
});

test('numbers that are no decision deny', async () => {
  for (const code of [
    -1, -1024, 1, 13, 1 << 8, 2 << 8, (1 << 10) | 5, 2 ** 32, 2 ** 53, 0.5, NaN, Infinity,
    undefined, null, '0', '', true, false, {}, [], 0n,
  ]) {
    const door = makeEdge({ judge: () => code });
    const decision = new door.Verifier(policy).verify(makeRequest(), now);
    assert.equal(decision.allowed, false, String(code));
    assert.equal(decision.kind, 'deny');
    assert.equal(decision.reason, 'internal_error');
    assert.equal(decision.status, 500);
    assert.equal(decision.response.status, '500');
    assert.equal(decision.claims, undefined);
    assert.equal((await ask(door)).status, '500');
  }
});

test('what is no request never passes, whatever the engine says', async () => {
  const door = makeEdge({ judge: () => 0 });
  for (const event of [undefined, {}, { Records: [] }]) {
    assert.match((await door.createHandler(policy)(event)).status, /^[45]/);
  }
});

test('an engine that throws denies', async () => {
  const door = makeEdge({ judge: fail, response: fail, checkResponse: fail });
  const verifier = new door.Verifier(policy);
  assert.equal(verifier.verify(makeRequest(), now).reason, 'internal_error');
  assert.equal((await ask(door)).status, '500');
  assert.equal(verifier.answerChallenge('x', 'y', now), undefined);
  for (const more of [{ describe: fail }, { describe: () => 7 }]) {
    assert.throws(() => makeEdge(more).createHandler(policy), (error) => !(error instanceof door.PolicyError));
  }
});

test('an engine that cannot be seeded denies', async () => {
  for (const seed of [fail, () => undefined, () => false]) {
    const door = makeEdge({ seed, judge: () => 0 });
    assert.equal((await ask(door)).status, '500');
  }
});

test('a response that cannot be rendered, or that CloudFront would not take, is the static one', async () => {
  const kept = await ask(makeEdge({ judge: fail }));
  assert.equal(kept.status, '500');
  for (const more of [
    { response: fail },
    { response: () => undefined },
    { response: () => '' },
    { response: () => '{' },
    { checkResponse: fail },
    { checkResponse: () => 'status_invalid $.status\n' },
    { checkResponse: () => undefined },
  ]) {
    const door = makeEdge(more);
    assert.deepEqual(await ask(door), kept);
    assert.deepEqual(new door.Verifier(policy).verify(makeRequest(), now).response, kept);
  }
  assert.deepEqual(await ask(makeEdge()), JSON.parse(response));
});

test('edits that cannot be made deny', async () => {
  for (const edits of [fail, () => undefined, () => '', () => '{', () => 'null']) {
    const door = makeEdge({ judge: () => 0, edits }, '100');
    assert.equal((await ask(door)).status, '500');
    const event = makeRequest();
    const shadow = makeEdge({ judge: () => 0, edits }, '101');
    assert.equal(await shadow.createHandler(policy)(event), requestOf(event));
  }
  const event = makeRequest();
  assert.equal(await makeEdge({ judge: () => 0, edits: () => '{}' }, '100').createHandler(policy)(event), requestOf(event));
});

test('in shadow mode a failure lets through', async () => {
  for (const more of [{ judge: fail }, { judge: () => -1 }, { edits: fail }, { log: fail }]) {
    const lines = [];
    const told = [];
    const event = makeRequest();
    const before = structuredClone(event);
    const handler = makeEdge(more, '111').createHandler(policy, {
      log: (line) => lines.push(line),
      onDecision: (info) => told.push(info),
    });
    assert.equal(await handler(event), requestOf(event));
    assert.deepEqual(event, before);
    assert.equal(told.length, 1);
    assert.equal(told[0].reason, 'internal_error');
    const [line] = lines.map((text) => JSON.parse(text));
    assert.equal(line.reason, 'internal_error');
    assert.equal(line.mode, 'shadow');
  }
});

test('a failure is logged and told', async () => {
  const lines = [];
  const told = [];
  const options = { log: (line) => lines.push(line), onDecision: (info) => told.push(info) };
  await ask(makeEdge({ judge: fail }, '010'), options);
  await ask(makeEdge({ response: fail }, '010'), options);
  await ask(makeEdge({ log: fail }, '010'), options);
  await ask(makeEdge({ log: () => undefined }, '010'), options);
  assert.equal(lines.length, 2);
  for (const line of lines) {
    const { decision, reason, status } = JSON.parse(line);
    assert.deepEqual([decision, reason, status], ['deny', 'internal_error', 500]);
  }
  assert.deepEqual(told.map(({ reason }) => reason), ['internal_error', 'internal_error', 'reason13', 'reason13']);
  assert.deepEqual(told.map(({ route }) => route), [undefined, undefined, 0, 0]);
});

test('claims that cannot be read are an error, not "no claims"', () => {
  const { Verifier } = makeEdge({ judge: () => 0 });
  assert.throws(() => new Verifier(policy).verify(makeRequest(), now).claims, /the engine failed/);
});

test('an engine with an edge layer that cannot be loaded is told behind the policy error', () => {
  const cause = new Error('no such file');
  const told = '$.routes\nexpected no such member';
  const { Verifier, PolicyError, checkResponse } = makeDoor({
    implementation: 'native',
    create: () => told,
    loadEdge() { throw cause; },
  });
  assert.throws(() => new Verifier(policy), (error) => {
    assert.ok(error instanceof PolicyError);
    assert.equal(error.path, '$.routes');
    assert.equal(error.cause, cause);
    return true;
  });
  assert.throws(() => checkResponse({}, { eventType: 'viewer-request' }), cause);
});

test('a checker that fails is made anew', () => {
  let made = 0;
  const { checkResponse } = makeDoor({
    implementation: 'native',
    create: fail,
    createChecker: () => ({ checkResponse: (made += 1) === 1 ? fail : () => '' }),
  });
  assert.throws(() => checkResponse({}, { eventType: 'viewer-request' }), /the engine failed/);
  for (let i = 0; i < 3; ++i) assert.deepEqual(checkResponse({}, { eventType: 'viewer-request' }), []);
  assert.equal(made, 2);
});

test('only a policy with an edge layer is asked of the engine that has it', () => {
  let loaded = 0;
  const door = makeDoor({
    implementation: 'native',
    create: addon.create,
    loadEdge() { loaded += 1; return edgeAddon; },
  });
  assert.equal(new door.Verifier(makePolicy()).verifyToken(goodToken, now).reason, 'ok');
  assert.throws(() => new door.Verifier(makePolicy({ clock_tolerance: -1 })), door.PolicyError);
  assert.throws(() => new door.Verifier({ issuers: [], keys: [] }), door.PolicyError);
  assert.equal(loaded, 0);
  assert.equal(new door.Verifier(policy).verify(makeRequest(), now).reason, 'credential_missing');
  assert.equal(loaded, 1);
  assert.throws(() => new door.Verifier(makePolicy({ isuer: 'x' })), { path: '$.isuer' });
});

// The addon below: calls that edge_layer.js never makes.

test('the addon: arguments of another type fail closed', () => {
  assert.equal(addon.create(Buffer.from(JSON.stringify(makePolicy()))).edge, undefined);
  assert.equal(edgeAddon.create(Buffer.from(JSON.stringify(makePolicy()))).edge.describe(), undefined);
  const { edge } = edgeAddon.create(Buffer.from(JSON.stringify(policy)));
  assert.equal(edge.describe(), '000\nauthorization');
  for (const wrong of [undefined, null, '0123456789abcdef', new Uint8Array(15), new Uint8Array(17), 16]) {
    assert.notEqual(edge.seed(wrong), true);
  }
  assert.equal(edge.seed(new Uint8Array(16)), true);
  const request = ['1GET', '1/', '0', '0', `1Bearer ${goodToken}`].join('\0');
  assert.equal(edge.judge(request, now) & 0x3ff, 0);
  for (const args of [[], [request], [undefined, now], [request, '5'], [{}, now], [Buffer.from(request), now]]) {
    assert.equal(edge.judge(...args), undefined);
  }
  for (const args of [[], [request], ['', 0], ['x', 0], [request, '0'], [7, 0]]) {
    assert.equal(edge.claims(...args), undefined);
    assert.equal(edge.edits(...args), undefined);
    assert.equal(edge.log(...args), undefined);
  }
  for (const args of [[], [request, 0], [request, '0', now], [7, 0, now]]) {
    assert.equal(edge.response(...args), undefined);
  }
  for (const decision of [0, -1, 2 ** 31 - 1, -(2 ** 31), DENIED, 1 << 10]) {
    assert.match(JSON.parse(edge.response(request, decision, now)).status, /^[2345]/);
    assert.doesNotThrow(() => JSON.parse(edge.edits(request, decision)));
  }
  const bytes = new Uint8Array(0);
  for (const args of [[], [0], [0, '', ''], ['0', bytes, bytes], [-1, bytes, bytes], [4, bytes, bytes]]) {
    assert.throws(() => edge.checkResponse(...args), TypeError);
    assert.throws(() => edgeAddon.checkResponse(...args), TypeError);
  }
  assert.equal(edgeAddon.responseRules().every((row) => row.split('\n').length === 3), true);
});
