'use strict';

// The declarations of portcullis/jwks: what has to compile, and what must not.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { test } = require('node:test');
const { createRefreshingVerifier } = require('../../bindings-node/jwks.js');
const { setUp } = require('./jwks_support.js');

const root = join(__dirname, '../..');
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const folder = join(root, 'bindings-node');

const head = `
import { Verifier } from '${folder}/index.js';
import { createRefreshingVerifier } from '${folder}/jwks.js';
import type { IssuerStatus, RefreshEvent, RefreshingPolicy, RefreshingVerifier } from '${folder}/jwks.js';

const issuer = 'https://issuer.example/';
const policy: RefreshingPolicy = { algorithms: ['HS256'], issuer, audience: 'a' };
const jwks = { [issuer]: 'https://issuer.example/keys' };
`;

function compile(t, text) {
  const temporary = mkdtempSync(join(tmpdir(), 'portcullis-types-'));
  t.after(() => rmSync(temporary, { recursive: true }));
  writeFileSync(join(temporary, 'use.ts'), head + text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    tsc, '--noEmit', '--strict', '--target', 'es2022', '--module', 'node16', '--moduleResolution', 'node16',
    '--typeRoots', join(root, 'node_modules/@types'), '--types', 'node', '--exactOptionalPropertyTypes',
    join(temporary, 'use.ts'),
  ], { cwd: root, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('compiles: as its users write it', (t) => {
  const { status, output } = compile(t, `
const verifier: RefreshingVerifier = createRefreshingVerifier({
  Verifier, policy, jwks, timeout: 2, maxBytes: 65536, lifetime: 300, grace: 3600, cooldown: 10,
  allowHttp: false, fetch, clock: () => Date.now() / 1000,
  onEvent: (event: RefreshEvent) => {
    if (event.type === 'failed') console.log(event.code, event.message, event.failures);
    if (event.type === 'refresh') console.log(event.cause);
  },
});
createRefreshingVerifier({ Verifier, policy: { ...policy, keys: [] }, jwks });
const decision = verifier.verify({}, 5);
if (decision.allowed) console.log(decision.claims?.sub);
const { claims } = verifier.verifyToken('x');
if (claims !== undefined) console.log(claims.sub);
export const handler = verifier.handler;
export async function use() {
const later = await verifier.verifyAsync({});
console.log(later.reason, (await verifier.verifyTokenAsync('x')).reason, verifier.verifyToken('x').reason);
const request = { mine: true as const };
const answer = await handler({ Records: [{ cf: { request } }] });
if ('mine' in answer) console.log(answer.mine);
const ready: boolean = await verifier.ready();
const all: boolean = await verifier.refresh();
const [first]: IssuerStatus[] = verifier.status();
const age: number | undefined = first?.age;
console.log(ready, all, age, first?.lastError?.code);
verifier.close();
}
`);
  assert.equal(status, 0, output);
});

test('does not compile', (t) => {
  const { status, output } = compile(t, `
// @ts-expect-error there is no default Verifier
createRefreshingVerifier({ policy, jwks });
// @ts-expect-error URLs are needed
createRefreshingVerifier({ Verifier, policy });
// @ts-expect-error an object, not text
createRefreshingVerifier({ Verifier, policy: '{}', jwks });
// @ts-expect-error a misspelt option
createRefreshingVerifier({ Verifier, policy, jwks, lifeTime: 60 });
// @ts-expect-error seconds as a number
createRefreshingVerifier({ Verifier, policy, jwks, timeout: '3s' });
// @ts-expect-error a URL as a string
createRefreshingVerifier({ Verifier, policy, jwks: { [issuer]: new URL('https://a.example/') } });
const verifier = createRefreshingVerifier({ Verifier, policy, jwks });
// @ts-expect-error a promise is no decision
verifier.verifyAsync({}).allowed;
// @ts-expect-error the status is a report
verifier.status()[0].failures = 0;
`);
  assert.equal(status, 0, output);
});

test('what is declared is there', () => {
  assert.equal(typeof createRefreshingVerifier, 'function');
  const { verifier } = setUp('');
  for (const name of [
    'verify', 'verifyToken', 'verifyAsync', 'verifyTokenAsync', 'handler', 'ready', 'refresh', 'status', 'close',
  ]) {
    assert.equal(typeof verifier[name], 'function', name);
  }
  verifier.close();
});
