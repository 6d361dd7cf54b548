import { createVerifier } from 'fast-jwt';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import { secretOrPem } from 'peers/key';
import policy from './policy.json';

// `false`, or how many tokens the library remembers: from the build command, as js-fast-cache takes this very file.
declare const CACHE: false | number;

const verify = createVerifier({
  key: secretOrPem(policy.keys[0]),
  algorithms: policy.algorithms,
  allowedIss: policy.issuer,
  allowedAud: policy.audience,
  requiredClaims: ['exp', 'iss', 'aud'],
  cache: CACHE,
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
