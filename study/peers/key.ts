import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';

/** A key of the policy, made once: a string would be parsed, or tried as a public key, on every call. */
export function keyObject(key: any): KeyObject {
  return key.secret === undefined ? createPublicKey({ key, format: 'jwk' }) : createSecretKey(key.secret, 'utf8');
}

/** The same for libraries that take a secret as it is and a public key as PEM. */
export function secretOrPem(key: any): string {
  return key.secret ?? (keyObject(key).export({ type: 'spki', format: 'pem' }) as string);
}
