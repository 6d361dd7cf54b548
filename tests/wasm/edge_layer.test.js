'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createEngine } = require('../../wasm/loader.js');
const { makeDoor } = require('../../bindings-node/edge.js');
const { edgeLayerTests, makeRequest } = require('../node/shared/edge_layer_tests.js');
const { now, makePolicy, goodToken } = require('../node/shared/tokens.js');
const { forms } = require('./forms.js');

const find = (name) => forms.find((form) => form.name === name);

for (const { door } of forms) edgeLayerTests(door);

const policy = makePolicy({ routes: [{ path: '/**' }] });
const { loadCrypto } = find('host').host;

test('the module with the edge layer is asked for when a policy needs it, and once', () => {
  let loaded = 0;
  const loadEdgeModule = () => {
    loaded += 1;
    return find('edge').compiled;
  };
  const { Verifier } = makeDoor(createEngine(find('host').compiled, { loadCrypto, loadEdgeModule }));
  assert.equal(new Verifier(makePolicy()).verifyToken(goodToken, now).reason, 'ok');
  assert.throws(() => new Verifier(makePolicy({ clock_tolerance: -1 })), { path: '$.clock_tolerance' });
  assert.equal(loaded, 0);
  for (let i = 0; i < 3; ++i) assert.equal(new Verifier(policy).verify(makeRequest(), now).route, 0);
  assert.equal(loaded, 1);
});

test('without that module an edge policy is refused, and so is checkResponse', () => {
  const none = makeDoor(createEngine(find('host').compiled, { loadCrypto }));
  assert.throws(() => new none.Verifier(policy), (error) => {
    assert.ok(error instanceof none.PolicyError);
    assert.equal(error.path, '$.routes');
    assert.equal(error.cause, undefined);
    return true;
  });
  assert.throws(() => none.checkResponse({}, { eventType: 'viewer-request' }), /edge layer/);

  const failed = new Error('no such file');
  const missing = makeDoor(createEngine(find('host').compiled, { loadCrypto, loadEdgeModule() { throw failed; } }));
  assert.throws(() => new missing.Verifier(policy), (error) => {
    assert.ok(error instanceof missing.PolicyError);
    assert.equal(error.cause, failed);
    return true;
  });
  assert.throws(() => missing.checkResponse({}, { eventType: 'viewer-request' }), failed);
});

test('a policy about tokens alone has nothing of the edge layer loaded, in whatever form', () => {
  for (const { engine, edge } of forms) {
    const instance = engine.create(Buffer.from(JSON.stringify(makePolicy())));
    assert.equal(instance.edge, undefined);
    const other = engine.create(Buffer.from(JSON.stringify(policy)));
    assert.equal(typeof other, edge ? 'object' : 'string');
    assert.equal(other.edge?.describe(), edge ? '000\nauthorization' : undefined);
  }
});

for (const name of ['edge', 'self-contained-edge']) {
  test(`200,000 edge decisions fit the memory of the first, ${name}`, () => {
    const { engine } = find(name);
    const instance = engine.create(Buffer.from(JSON.stringify(makePolicy({
      routes: [{ path: '/**' }],
      rate_limit: { address: { requests: 1, seconds: 1 }, entries: 64 },
      token_cache: { entries: 16 },
      claim_headers: { 'x-user': 'sub' },
    }))));
    const { edge } = instance;
    const [, ...fields] = edge.describe().split('\n');
    assert.deepEqual(fields, ['authorization']);
    edge.seed(new Uint8Array(16));
    for (let i = 0; i < 200_000; ++i) {
      const request = ['1GET', '1/a', '1q=1', `110.${i % 256}.${(i >> 8) % 256}.1`, `1Bearer ${goodToken}`].join('\0');
      const decision = edge.judge(request, now + i);
      assert.equal(decision & 0x3ff, 0);
      if (i % 100 === 0) {
        assert.ok(edge.edits(request, decision).includes('"u"'));
        assert.ok(edge.response(request, decision, now).includes('500'));
      }
    }
  });
}

test('an instance that traps denies for ever, or lets through in shadow mode', async (t) => {
  const memories = [];
  const { Instance } = WebAssembly;
  t.after(() => { WebAssembly.Instance = Instance; });
  WebAssembly.Instance = class extends Instance {
    constructor(...rest) {
      super(...rest);
      memories.push(this.exports.memory);
    }
  };
  const { door } = find('edge');
  const make = (mode) => {
    const handler = door.createHandler(makePolicy({ routes: [{ path: '/**' }], mode }));
    return { handler, memory: memories.at(-1) };
  };
  for (const mode of ['enforce', 'shadow']) {
    const { handler, memory } = make(mode);
    const event = makeRequest({ headers: { authorization: `Bearer ${goodToken}` } });
    const { request } = event.Records[0].cf;
    assert.equal(await handler(event), request);
    new Uint8Array(memory.buffer).fill(0xff, 65_536);
    for (let i = 0; i < 3; ++i) {
      const answer = await handler(event);
      if (mode === 'shadow') assert.equal(answer, request);
      else assert.equal(answer.status, '500');
    }
  }
});
