import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import { keyObject } from 'peers/key';
import policy from './policy.json';

const algorithm = policy.algorithms[0];
const { kid }: { kid?: string } = policy.keys[0];
const key = keyObject(policy.keys[0]);
const publicKey = { key, dsaEncoding: 'ieee-p1363' as const };
const required = policy.require.permissions.all_of;

function decoded(segment: string): any {
  const bytes = Buffer.from(segment, 'base64url');
  return isUtf8(bytes) ? JSON.parse(bytes.toString()) : null;
}

function signatureFits(input: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.toString('base64url') !== signature) return false; // another spelling of the same bytes
  if (algorithm !== 'HS256') return verify(algorithm === 'EdDSA' ? null : 'sha256', Buffer.from(input), publicKey, bytes);
  const mac = createHmac('sha256', key).update(input).digest();
  return mac.length === bytes.length && timingSafeEqual(mac, bytes);
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTextOrAbsent = (value: unknown) => value === undefined || typeof value === 'string';
const isPastOrAbsent = (value: unknown, now: number) => value === undefined || (typeof value === 'number' && value <= now);

let allowedHeader = ''; // issuers send one header over and over: its text need not be parsed again

function headerAllowed(segment: string): boolean {
  if (segment === allowedHeader) return true;
  const header = decoded(segment);
  if (!isObject(header) || header.alg !== algorithm || header.crit !== undefined || !isTextOrAbsent(header.kid)) return false;
  if (kid !== undefined && header.kid !== undefined && header.kid !== kid) return false;
  if (header.typ !== undefined && !/^(application\/)?(at\+)?jwt$/i.test(header.typ)) return false;
  allowedHeader = segment;
  return true;
}

function claimsAllowed(claims: any): boolean {
  if (!isObject(claims) || claims.iss !== policy.issuer || !isTextOrAbsent(claims.sub)) return false;
  const now = Date.now() / 1000;
  if (typeof claims.exp !== 'number' || claims.exp <= now) return false;
  if (!isPastOrAbsent(claims.nbf, now) || !isPastOrAbsent(claims.iat, now)) return false;
  if (!Array.isArray(claims.aud)) return claims.aud === policy.audience;
  return claims.aud.includes(policy.audience) && claims.aud.every((entry: unknown) => typeof entry === 'string');
}

function verifiedClaims(token: string): any {
  if (token.length > 16384) return null;
  const [header, payload, signature, more] = token.split('.', 4);
  if (signature === undefined || more !== undefined || !headerAllowed(header)) return null;
  if (!signatureFits(`${header}.${payload}`, signature)) return null;
  const claims = decoded(payload);
  return claimsAllowed(claims) ? claims : null;
}

export async function handler(event: unknown) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;

  let claims: any;
  try {
    claims = verifiedClaims(token);
  } catch {
    return invalidToken(); // a segment is not JSON
  }
  return claims === null ? invalidToken() : answer(event, claims.permissions, required);
}
