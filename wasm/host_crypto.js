'use strict';

// Answers the one function that portcullis.wasm imports: public-key signatures, and HMAC with SHA-384
// and SHA-512, by the host's own synchronous `node:crypto` (Node, and workerd with nodejs_compat).
// Numbers stand for the rows of core/src/crypto/algorithm.hpp; nothing here decides which algorithm or
// key is right.

const FAILED = -1;

// enum class key_type.
const KEY_TYPES = [
  undefined, // a secret: no JWK is made of it
  { kty: 'RSA', names: ['n', 'e'] },
  { kty: 'EC', crv: 'P-256', names: ['x', 'y'] },
  { kty: 'EC', crv: 'P-384', names: ['x', 'y'] },
  { kty: 'EC', crv: 'P-521', names: ['x', 'y'] },
  { kty: 'OKP', crv: 'Ed25519', names: ['x'] },
];

// enum class algorithm, from HS384 on; HS256 stays inside the module.
const HMAC_HASHES = [undefined, 'sha384', 'sha512'];

// From RS256 on: the hash, and what node:crypto wants to know beside the key.
const FIRST_ALGORITHM = 3;
const HASHES = ['sha256', 'sha384', 'sha512'];
const PKCS1 = (constants) => ({ padding: constants.RSA_PKCS1_PADDING });
const PSS = (constants) => ({
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST, // RFC 7518 section 3.5: exactly the hash's
});
const ECDSA = () => ({ dsaEncoding: 'ieee-p1363' });
const ED25519 = () => ({});
const ALGORITHMS = [
  ...[PKCS1, PSS, ECDSA].flatMap((options) => HASHES.map((hash) => ({ hash, options }))),
  { hash: null, options: ED25519 },
  { hash: null, options: ED25519 },
];

/** Nothing but `true` is valid: a host may answer with a promise, or with anything else. */
function verdict(told) {
  if (told === true) return 1;
  return told === false ? 0 : FAILED;
}

/**
 * The imported function for one instance of the module.
 * @param {() => typeof import('node:crypto')} load called when the first key for it comes
 * @param {() => ArrayBuffer} memory the instance's
 * @returns {(key: number, what: number, first: number, firstLength: number, second: number, secondLength: number) => number}
 */
function createHostCrypto(load, memory) {
  let crypto;
  let optionsOnKey = false;
  /** By handle less one: the key, and what to call verify() with for each algorithm. */
  const keys = [];

  const bytes = (address, length) => new Uint8Array(memory(), address, length);
  const base64url = (address, length) =>
    btoa(String.fromCharCode(...bytes(address, length)))
      .replace(/[+/]/g, (character) => (character === '+' ? '-' : '_'))
      .replace(/=/g, '');

  function importKey(type, first, firstLength, second, secondLength) {
    if (KEY_TYPES[type] === undefined) {
      return keys.push({ key: crypto.createSecretKey(bytes(first, firstLength)), calls: [] });
    }
    const { names, ...jwk } = KEY_TYPES[type];
    jwk[names[0]] = base64url(first, firstLength);
    if (names.length > 1) jwk[names[1]] = base64url(second, secondLength);
    let key;
    try {
      key = crypto.createPublicKey({ key: jwk, format: 'jwk' });
    } catch {
      return 0; // not a point of the curve: the module has checked all that it can
    }
    return keys.push({ key, calls: [] });
  }

  function verify({ key, calls }, algorithm, message, signature) {
    if (algorithm < FIRST_ALGORITHM) {
      const mac = crypto.createHmac(HMAC_HASHES[algorithm], key).update(message).digest();
      return verdict(crypto.timingSafeEqual(mac, signature)); // the module has compared their lengths
    }
    const { hash, options } = ALGORITHMS[algorithm - FIRST_ALGORITHM];
    if (!optionsOnKey) {
      calls[algorithm] ??= { key, ...options(crypto.constants) };
      try {
        return verdict(crypto.verify(hash, message, calls[algorithm], signature));
      } catch (error) {
        if (error?.code !== 'ERR_INVALID_ARG_TYPE') throw error;
        optionsOnKey = true;
      }
    }
    // workerd knows no key object inside of options, looks for them on the key itself, and does not
    // when asked in one call. A key object for each algorithm: options stay where they were put.
    const own = (calls[`${algorithm} own`] ??= Object.assign(
      crypto.createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }),
      options(crypto.constants),
    ));
    const valid =
      hash === null
        ? crypto.verify(null, message, own, signature)
        : crypto.createVerify(hash).update(message).verify(own, signature);
    return verdict(valid);
  }

  return (handle, what, first, firstLength, second, secondLength) => {
    try {
      crypto ??= load();
      if (handle === 0) return importKey(what, first, firstLength, second, secondLength);
      return verify(keys[handle - 1], what, bytes(first, firstLength), bytes(second, secondLength));
    } catch {
      return FAILED;
    }
  };
}

module.exports = { createHostCrypto };
