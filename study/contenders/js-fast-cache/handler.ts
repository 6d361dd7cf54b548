import { createVerifier } from 'fast-jwt';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import { secretOrPem } from 'peers/key';
import policy from './policy.json';

const verify = createVerifier({
  key: secretOrPem(policy.keys[0]),
  algorithms: policy.algorithms,
  allowedIss: policy.issuer,
  allowedAud: policy.audience,
  requiredClaims: ['exp', 'iss', 'aud'],
  cache: 1000, // the library's default size when the cache is on
});
const required = policy.require.permissions.all_of;

export async function handler(event: unknown) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;

  let claims: any;
  try {
    claims = verify(token);
  } catch {
    return invalidToken();
  }
  return answer(event, claims.permissions, required);
}
