'use strict';

// Writes inputs.json beside this file: what the gate asks of each variant, made of the study's public
// policies and keys. RSASSA-PKCS1-v1_5 and HMAC give the same bytes each time.
//
//   node tools/gate/make_inputs.js [FILE]

const crypto = require('node:crypto');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const scenario = join(__dirname, '../../study/scenarios/view-data');
const read = (name) => JSON.parse(readFileSync(join(scenario, name), 'utf8'));
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

const policies = { HS256: read('HS256.json'), RS256: read('RS256.json') };
const rsa = read('keys.json').signing.RS256;

const claims = {
  iss: policies.HS256.issuer,
  sub: 'auth0|64b5e3f2a1c9d80012345678',
  aud: policies.HS256.audience,
  iat: 1_600_000_000,
  exp: 4_102_444_800, // the handlers read the clock
  permissions: ['view:data', 'read:reports', 'read:profile'],
};
const signers = {
  HS256: (input) => crypto.createHmac('sha256', policies.HS256.keys[0].secret).update(input).digest(),
  RS256: (input) => crypto.sign('sha256', Buffer.from(input), crypto.createPrivateKey({ key: rsa, format: 'jwk' })),
};

function sign(alg, header = {}) {
  const input = `${encode({ alg, typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${input}.${signers[alg](input).toString('base64url')}`;
}

const good = sign('HS256');
// A character in the middle of the signature: all of its bits count.
const forged = good.slice(0, -20) + (good.at(-20) === 'A' ? 'B' : 'A') + good.slice(-19);
const operations = [
  { name: 'hs256-allow', algorithm: 'HS256', token: good, reason: 'ok' },
  { name: 'rs256-allow', algorithm: 'RS256', token: sign('RS256', { kid: rsa.kid }), reason: 'ok' },
  { name: 'bad-signature', algorithm: 'HS256', token: forged, reason: 'signature_invalid' },
  { name: 'malformed', algorithm: 'HS256', token: good.slice(0, good.lastIndexOf('.')), reason: 'token_malformed' },
].map(({ name, algorithm, token, reason }) => ({
  name,
  reason,
  authorization: `Bearer ${token}`,
  policy: policies[algorithm],
}));

const file = process.argv[2] ?? join(__dirname, 'inputs.json');
const text = { note: 'Made by make_inputs.js.', now: 1_800_000_000, operations };
writeFileSync(file, `${JSON.stringify(text, null, 2)}\n`);
