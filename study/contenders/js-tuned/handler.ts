import jwt, { type Algorithm } from 'jsonwebtoken';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import { keyObject } from 'peers/key';
import policy from './policy.json';

const key = keyObject(policy.keys[0]);
const options = { algorithms: policy.algorithms as Algorithm[], issuer: policy.issuer, audience: policy.audience };
const required = policy.require.permissions.all_of;

export async function handler(event: unknown) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;

  let claims: any;
  try {
    claims = jwt.verify(token, key, options);
  } catch {
    return invalidToken();
  }
  // The library checks exp when it is there, and cannot be told to require it.
  return claims.exp === undefined ? invalidToken() : answer(event, claims.permissions, required);
}
