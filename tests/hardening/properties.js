'use strict';

// Properties of the JavaScript doors on values that JSON cannot say: properties.js RUNS [planted].
// fast-check makes them, and where one fails makes it small and prints the seed and path of it.

const fc = require('fast-check');
const { isDeepStrictEqual } = require('node:util');
const { join } = require('node:path');

const doors = [
  'portcullis/native',
  'portcullis/wasm',
  'portcullis/wasm-self-contained',
  join(__dirname, '..', '..', 'wasm', 'openssl.js'),
].map((path) => require(path));

const { now, makePolicy, makeEvent, makeClaims, sign, goodToken } = require('../node/shared/tokens.js');
const [runs, planted] = process.argv.slice(2);

const plain = makePolicy({ clock_tolerance: 2 });
const edge = makePolicy({
  routes: [{ path: '/**' }, { path: '/public/**', access: 'public' }],
  sources: [{ header: 'authorization' }, { cookie: 't', strip: true }, { query: 'token' }],
  claim_headers: { 'x-user': 'sub' },
  log: { decisions: 'all', claims: ['sub'] },
});
const verifiers = [plain, edge].map((policy) => doors.map(({ Verifier }) => new Verifier(policy)));
const handlers = [plain, edge].map((policy) =>
  doors.map(({ createHandler }) => createHandler(policy, { log() {}, onDecision() {} })));

if (planted !== undefined) {
  const { verifyToken } = verifiers[0][1];
  verifiers[0][1].verifyToken = function lenient(token, ...more) {
    return verifyToken.call(this, typeof token === 'string' ? token.trimEnd() : token, ...more);
  };
}

const read = ({ kind, allowed, reason, status, route, response, claims, edits, logLine }) =>
  ({ kind, allowed, reason, status, route, response, claims, edits, logLine });

function agreed(answers) {
  for (const answer of answers) {
    if (!isDeepStrictEqual(answer, answers[0])) throw new Error(`doors disagree: ${JSON.stringify(answers)}`);
  }
  return answers[0];
}

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
});
const text = fc.string({ unit: 'binary' }); // lone surrogates among them
const almost = fc.oneof(
  fc.constant(goodToken),
  fc.tuple(fc.nat(goodToken.length), text).map(([at, more]) => goodToken.slice(0, at) + more + goodToken.slice(at)),
  fc.tuple(fc.nat(goodToken.length), fc.nat(4))
    .map(([at, less]) => goodToken.slice(0, at) + goodToken.slice(at + less)),
  fc.constantFrom(' ', '\n', '\0', '=', '\ud800').map((more) => goodToken + more),
);
const signed = fc.dictionary(fc.constantFrom('iss', 'aud', 'exp', 'nbf', 'iat', 'sub', 'x'), fc.jsonValue())
  .map((claims) => sign(makeClaims(claims)));
const value = fc.oneof(
  fc.oneof(almost, signed, text).map((token) => `Bearer ${token}`), text, anything);
const entry = fc.record({ key: text, value }, { requiredKeys: ['value'] });
const entries = fc.oneof(fc.array(entry, { maxLength: 3 }), anything);
const request = fc.record({
  method: fc.oneof(fc.constantFrom('GET', 'POST', 'OPTIONS'), anything),
  uri: fc.oneof(fc.constantFrom('/', '/public/a', '/a/../b'), text.map((path) => `/${path}`), anything),
  querystring: fc.oneof(fc.constant(''), almost.map((token) => `token=${token}`), anything),
  clientIp: fc.oneof(fc.ipV4(), fc.ipV6(), anything),
  headers: fc.oneof(
    fc.record({ authorization: entries, cookie: entries, 'x-user': entries }, { requiredKeys: [] }), anything),
}, { requiredKeys: [] });
const event = fc.oneof(
  { weight: 8, arbitrary: request.map((made) => ({ Records: [{ cf: { config: {}, request: made } }] })) },
  { weight: 1, arbitrary: anything },
);

async function main() {
  let count = 0;
  const check = async (property) => {
    await fc.assert(property, { numRuns: Number(runs), endOnFailure: false });
    count += Number(runs);
  };
  const tokens = fc.oneof(almost, signed, text, anything);
  await check(fc.asyncProperty(tokens, fc.integer({ min: -5, max: 5 }), async (token, later) => {
    for (const each of verifiers) {
      const told = agreed(each.map((verifier) => read(verifier.verifyToken(token, now + later))));
      if (told.allowed && token !== goodToken && !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw new Error('allowed');
    }
  }));
  await check(fc.asyncProperty(event, async (made) => {
    for (const each of verifiers) agreed(each.map((verifier) => read(verifier.verify(made, now))));
  }));
  await check(fc.asyncProperty(request, async (made) => {
    for (const each of handlers) {
      const answers = [];
      for (const handler of each) {
        const own = structuredClone(made);
        const answer = await handler({ Records: [{ cf: { config: {}, request: own } }] });
        answers.push(answer === own ? { passes: own } : { response: answer });
      }
      agreed(answers);
    }
  }));
  // The doors judge what they were given: an event is not changed by being judged.
  const frozen = makeEvent(`Bearer ${goodToken}`);
  agreed([...verifiers[0].map((verifier) => verifier.verify(frozen, now).reason), 'ok']);
  console.log(JSON.stringify({ runs: count }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
