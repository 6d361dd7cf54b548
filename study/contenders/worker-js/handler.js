import { jwtVerify } from 'jose';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import policy from './policy.json';

const imports = {
  HS256: { name: 'HMAC', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
};
const options = {
  algorithms: policy.algorithms,
  issuer: policy.issuer,
  audience: policy.audience,
  requiredClaims: ['exp'],
};
const required = policy.require.permissions.all_of;

// A CryptoKey is what jose works with; anything else it would import again on every call.
function importKey({ secret, kty, n, e, crv, x, y }, algorithm) {
  const { subtle } = crypto;
  if (secret === undefined) return subtle.importKey('jwk', { kty, n, e, crv, x, y }, imports[algorithm], false, ['verify']);
  return subtle.importKey('raw', new TextEncoder().encode(secret), imports[algorithm], false, ['verify']);
}

let key;

export async function handler(event) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;
  // With the first request: what a Worker does outside of one is limited.
  key ??= await importKey(policy.keys[0], policy.algorithms[0]);
  try {
    const { payload } = await jwtVerify(token, key, options);
    return answer(event, payload.permissions, required);
  } catch {
    return invalidToken();
  }
}
