import { JwtVerifier } from 'aws-jwt-verify';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import policy from './policy.json';

const { issuer, audience } = policy;
const [algorithm] = policy.algorithms;
const [key] = policy.keys as any[];

const verifier = JwtVerifier.create({
  issuer,
  audience,
  // The library checks exp when it is there, and the algorithm against the key's.
  customJwtCheck: ({ header, payload }) => {
    if (payload.exp === undefined || header.alg !== algorithm) throw new Error('not what the policy asks');
  },
});
// The key is part of the bundle: nothing is fetched.
verifier.cacheJwks({ keys: [key] });
const required = policy.require.permissions.all_of;

export async function handler(event: unknown) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;

  let claims: any;
  try {
    claims = verifier.verifySync(token);
  } catch {
    return invalidToken();
  }
  return answer(event, claims.permissions, required);
}
