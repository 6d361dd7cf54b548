'use strict';

// The reason table of an engine against the one source of it.

const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { makePolicy } = require('./tokens.js');

/**
 * The rows of core/include/portcullis/reasons.def.
 * @param {{ edge?: boolean }} [options] edge: with those of the edge layer
 */
function readReasons({ edge = true } = {}) {
  const file = readFileSync(join(__dirname, '../../../core/include/portcullis/reasons.def'), 'utf8');
  const text = edge ? file : file.slice(0, file.indexOf('\n#if PORTCULLIS_EDGE'));
  const row = /^PORTCULLIS_REASON\((\w+), (\d+), "(\w*)",/gm;
  return Array.from(text.matchAll(row), ([, name, status, error]) => ({ name, status, error }));
}

/** @param {{ edge: boolean }} options edge: whether the engine has the edge layer */
function reasonTests(engine, { edge }) {
  test('the reason table is that of the core', () => {
    const rows = readReasons({ edge });
    assert.equal(rows.length, edge ? 31 : 23);
    const instance = engine.create(Buffer.from(JSON.stringify(makePolicy())));
    // A WASM door has one file with all of them.
    assert.deepEqual(
      instance.reasons().slice(0, rows.length),
      rows.map(({ name, status, error }) => [name, status, error].join('\n')),
    );
  });

  test('each reason has its response, ok has none that lets pass', () => {
    const instance = engine.create(Buffer.from(JSON.stringify(makePolicy())));
    const rows = readReasons({ edge });
    rows.forEach(({ name, status, error }, code) => {
      const response = JSON.parse(instance.respond(code));
      // What is no denial has no response of its own: a preflight's depends on the request.
      const isDenial = name !== 'ok' && name !== 'preflight_answered';
      assert.equal(response.status, isDenial ? status : '500');
      const challenge = response.headers['www-authenticate']?.[0].value ?? '';
      assert.equal(challenge.includes('error='), error !== '');
      assert.ok(challenge.includes(error));
    });
    for (const code of [-1, rows.length, 255, 256, 2 ** 31 - 1]) {
      assert.equal(JSON.parse(instance.respond(code)).status, '500');
    }
  });
}

module.exports = { readReasons, reasonTests };
