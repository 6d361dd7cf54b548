'use strict';

// base64url by WebAssembly's vectors (core/src/encoding/base64url_simd128.cpp), which no native test runs:
// the claims of a token are written as they are decoded, and nothing is when they cannot be.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { forms } = require('./forms.js');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LONGEST = 70; // characters: four blocks, and a tail of any length

function makeDecoder(compiled) {
  const imports = { portcullis: { host_crypto: () => -1 } };
  const abi = new WebAssembly.Instance(compiled, imports).exports;
  abi._initialize?.();
  const [input, output] = [abi.portcullis_input_buffer(), abi.portcullis_output_buffer()];
  const memory = new Uint8Array(abi.memory.buffer);
  /** @returns {Uint8Array | undefined} a copy of what was decoded, and a byte of what is behind it */
  return (segment) => {
    const token = Buffer.from(`a.${segment}.b`, 'latin1');
    memory.set(token, input);
    memory.fill(0xee, output, output + LONGEST);
    const size = abi.portcullis_write_token_claims(input, token.length, output, 4096);
    return size === 0 ? undefined : memory.slice(output, output + size + 1);
  };
}

/** The one spelling that decodes to what Node reads there, which takes others, too. */
const isCanonical = (text) => Buffer.from(text, 'base64url').toString('base64url') === text;

for (const { file, compiled } of forms) {
  const decode = makeDecoder(compiled);

  test(`${file}: bytes of every length are decoded, and none behind them is written`, () => {
    for (let size = 1; size <= (LONGEST / 4) * 3; size += 1) {
      for (let i = 0; i < 20; i += 1) {
        const bytes = crypto.getRandomValues(new Uint8Array(size));
        const found = decode(Buffer.from(bytes).toString('base64url'));
        assert.deepEqual(found, Uint8Array.of(...bytes, 0xee), `${size} bytes`);
      }
    }
  });

  test(`${file}: every last character of every length, canonical or not`, () => {
    for (let length = 1; length <= LONGEST; length += 1) {
      for (const last of ALPHABET) {
        const text = 'Zm9v_-'.repeat(12).slice(0, length - 1) + last;
        assert.equal(decode(text) !== undefined, isCanonical(text), text);
      }
    }
  });

  test(`${file}: a character outside of the alphabet is found at every place`, () => {
    for (let length = 2; length <= 40; length += 1) {
      if (length % 4 === 1) continue;
      for (let at = 0; at < length; at += 1) {
        for (let code = 0; code < 256; code += 1) {
          const character = String.fromCharCode(code);
          if (character === '.') continue; // ends the segment
          const text = 'A'.repeat(at) + character + 'A'.repeat(length - at - 1);
          const valid = ALPHABET.includes(character) && isCanonical(text);
          assert.equal(decode(text) !== undefined, valid, `${length}, ${at}, ${code}`);
        }
      }
    }
  });
}
