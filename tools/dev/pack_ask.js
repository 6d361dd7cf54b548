'use strict';

// Asks a door about policies and Node about PEM keys. Standard input:
//   { "door": path or null, "policies": [base64, …], "pems": [string, …] }
// Standard output:
//   { "errors": [null or { path, message }, …], "keys": [{ type, bits }, …] }

const { createPublicKey } = require('node:crypto');
const { readFileSync } = require('node:fs');

const CURVES = {
  prime256v1: { type: 'EC P-256', bits: 256 },
  secp384r1: { type: 'EC P-384', bits: 384 },
  secp521r1: { type: 'EC P-521', bits: 521 },
};

const { door, policies, pems } = JSON.parse(readFileSync(0, 'utf8'));
const { Verifier, PolicyError } = door === null ? {} : require(door);

function judge(policy) {
  try {
    new Verifier(Buffer.from(policy, 'base64'));
    return null;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { path: error.path, message: error.message };
  }
}

function describe(pem) {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(pem);
  if (type === 'ed25519') return { type: 'OKP Ed25519', bits: 256 };
  return CURVES[details.namedCurve] ?? { type: 'RSA', bits: details.modulusLength };
}

console.log(JSON.stringify({ errors: policies.map(judge), keys: pems.map(describe) }));
