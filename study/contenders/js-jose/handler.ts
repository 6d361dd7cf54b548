import { importJWK, jwtVerify, type JWTVerifyOptions } from 'jose';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import policy from './policy.json';

// A CryptoKey is what jose works with; anything else it would import again on every call.
function importKey(key: any, algorithm: string): Promise<any> {
  if (key.secret === undefined) return importJWK(key, algorithm);
  const secret = new TextEncoder().encode(key.secret);
  return crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

const importing = importKey(policy.keys[0], policy.algorithms[0]);
const options: JWTVerifyOptions = {
  algorithms: policy.algorithms,
  issuer: policy.issuer,
  audience: policy.audience,
  requiredClaims: ['exp'],
};
const required = policy.require.permissions.all_of;

export async function handler(event: unknown) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;

  const key = await importing;
  let claims: any;
  try {
    claims = (await jwtVerify(token, key, options)).payload;
  } catch {
    return invalidToken();
  }
  return answer(event, claims.permissions, required);
}
