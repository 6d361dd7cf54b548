// The addon itself: @node-rs/jsonwebtoken adds types and the choice of a platform's package, which a bundle makes once.
import { verifySync } from '@node-rs/jsonwebtoken-linux-x64-gnu';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import { secretOrPem } from 'peers/key';
import policy from './policy.json';

const key = secretOrPem(policy.keys[0]);
const validation = {
  algorithms: policy.algorithms,
  iss: [policy.issuer],
  aud: [policy.audience],
  requiredSpecClaims: ['exp', 'iss', 'aud'],
  leeway: 0,
  validateExp: true,
  validateNbf: true,
};
const required = policy.require.permissions.all_of;

export async function handler(event: unknown) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;

  let claims: any;
  try {
    claims = verifySync(token, key, validation);
  } catch {
    return invalidToken();
  }
  return answer(event, claims.permissions, required);
}
