'use strict';

// portcullis/passthrough: the events of tests/vectors/edge go in whole, and come out as they were.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { gzipSync } = require('node:zlib');
const { test } = require('node:test');
const { folder } = require('./forms.js');

const file = join(folder, 'portcullis-passthrough.wasm');
const entry = join(folder, 'passthrough.js');
const events = join(__dirname, '../vectors/edge/events');
const names = readdirSync(events);
const readEvent = (name) => JSON.parse(readFileSync(join(events, name), 'utf8'));
const lines = [];
const { log } = console;
console.log = (line) => lines.push(line);
const { handler } = require(entry);
console.log = log;

/** CloudFront takes no null: the module leaves them out. */
function withoutNulls(value) {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNulls(member)]));
}

test('it writes a line when it starts and one for each event', async (t) => {
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [{ portcullis: 'passthrough', event: 'start' }]);
  const told = [];
  t.mock.method(console, 'log', (line) => told.push(JSON.parse(line)));
  for (const name of ['viewer-request.json', 'viewer-response.json']) await handler(readEvent(name));
  const call = { portcullis: 'passthrough', event: 'call' };
  assert.deepEqual(told, [call, call]);
});

let passed = 0;
for (const name of names) {
  test(`${name} comes out as it went in`, async (t) => {
    t.mock.method(console, 'log', () => {});
    const { request, response } = readEvent(name).Records[0].cf;
    const wanted = response ?? request;
    if (wanted === undefined || wanted === null) {
      await assert.rejects(handler(readEvent(name)), /^Error: portcullis: \$\.Records\[0\]\.cf.*: expected/);
      return;
    }
    assert.deepEqual(await handler(readEvent(name)), withoutNulls(wanted));
    passed += 1;
  });
}

test('all four types of events were among them', () => {
  assert.ok(passed >= 18);
  for (const type of ['viewer-request', 'origin-request', 'origin-response', 'viewer-response']) {
    assert.ok(names.some((name) => name.startsWith(type)), type);
  }
});

test('what is no event is told with its place', async (t) => {
  t.mock.method(console, 'log', () => {});
  const request = (members) => ({ Records: [{ cf: { request: members } }] });
  for (const [event, message] of [
    [undefined, /\$ at byte 0: expected JSON/],
    [{}, /\$\.Records\[0\]\.cf: expected a CloudFront event/],
    [{ Records: [] }, /expected a CloudFront event/],
    [request({ uri: 1 }), /\$\.Records\[0\]\.cf\.request\.uri: expected a value of the type/],
    [request({ headers: { host: 'h' } }), /cf\.request\.headers\.host: expected a value of the type/],
    [request({ uri: '/'.repeat(2 ** 21) }), /the event has more than 2097152 bytes/],
  ]) {
    await assert.rejects(handler(event), message);
  }
  // It goes on.
  assert.deepEqual(await handler(request({ uri: '/ünï' })), { uri: '/ünï' });
});

test('an event of a megabyte goes through', async (t) => {
  t.mock.method(console, 'log', () => {});
  const event = readEvent('origin-request-body-replace.json');
  event.Records[0].cf.request.body.data = 'A'.repeat(1_398_104);
  assert.deepEqual(await handler(event), event.Records[0].cf.request);
});

test('the module has what is listed, imports the log alone, and keeps its size budget', () => {
  const bytes = readFileSync(file);
  const compiled = new WebAssembly.Module(bytes);
  const list = readFileSync(join(folder, 'exports_passthrough.txt'), 'utf8');
  const listed = Array.from(list.matchAll(/^(?:# linker: )?(\w+)$/gm), (match) => match[1]);
  assert.deepEqual(WebAssembly.Module.exports(compiled).map(({ name }) => name).sort(), listed.sort());
  assert.deepEqual(WebAssembly.Module.imports(compiled), [
    { module: 'portcullis', name: 'log', kind: 'function' },
  ]);
  const budget = JSON.parse(readFileSync(join(folder, 'size_budget.json'), 'utf8'))['portcullis-passthrough.wasm'];
  assert.ok(bytes.length <= budget.raw, `${bytes.length} bytes, budget ${budget.raw}`);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  assert.ok(gzip <= budget.gzip, `${gzip} bytes after gzip, budget ${budget.gzip}`);
});

test('nothing but the lines is printed', () => {
  const program = `require(${JSON.stringify(entry)}).handler(${JSON.stringify(readEvent('viewer-request.json'))})`;
  const done = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  assert.equal(done.stderr, '');
  assert.deepEqual(done.stdout.trim().split('\n').map((line) => JSON.parse(line).event), ['start', 'call']);
});
