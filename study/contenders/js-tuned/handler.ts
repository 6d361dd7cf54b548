import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import {
  credentialMissing,
  insufficientScope,
  internalServerError,
  invalidToken,
  type CloudFrontRequest,
  type CloudFrontResponse,
} from './cloudfront';
import policy from './policy.json';

// A KeyObject made once: a string would be tried as a public key on every call.
const key = createSecretKey(policy.keys[0].secret, 'utf8');
const options = { algorithms: ['HS256'], issuer: policy.issuer, audience: policy.audience };
const required = policy.require.permissions.all_of;

function granted(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim;
  return typeof claim === 'string' ? claim.split(' ') : [];
}

function decide(event: any): CloudFrontRequest | CloudFrontResponse {
  const request = event?.Records?.[0]?.cf?.request;
  if (typeof request !== 'object' || request === null) return internalServerError();

  const { headers } = request;
  if (headers === null || headers === undefined) return credentialMissing();
  if (typeof headers !== 'object') return invalidToken();
  const values = headers.authorization;
  if (values === null || values === undefined) return credentialMissing();
  if (!Array.isArray(values)) return invalidToken();
  if (values.length === 0) return credentialMissing();
  if (values.length > 1) return invalidToken();
  const value = values[0]?.value;
  if (typeof value !== 'string' || value === '') return invalidToken();
  const credential = /^Bearer(?: +(.*))?$/i.exec(value);
  if (credential === null) return credentialMissing();
  if (!credential[1]) return invalidToken();

  let claims: any;
  try {
    claims = jwt.verify(credential[1], key, options);
  } catch {
    return invalidToken();
  }
  if (claims.exp === undefined) return invalidToken();
  const permissions = granted(claims.permissions);
  return required.every((permission) => permissions.includes(permission)) ? request : insufficientScope();
}

export const handler = async (event: unknown) => decide(event);
