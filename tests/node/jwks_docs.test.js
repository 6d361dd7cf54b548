'use strict';

// The JavaScript of docs/keys.md, run as a function is, with a fetch that answers for the issuer.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { test } = require('node:test');
const { makeEvent, makeKey, makeSet, makeToken } = require('./jwks_support.js');

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/keys.md'), 'utf8');
const blocks = Array.from(page.matchAll(/^```js\n(\/\/ (\S+)\n[^]*?)^```$/gm), ([, text, name]) => ({ text, name }));

test('the page has examples', () => {
  assert.deepEqual(blocks.map(({ name }) => name), ['baked.js', 'refreshed.js', 'early.js']);
});

for (const { text, name } of blocks) {
  test(name, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-keys-'));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/portcullis'));
    const [key, other] = [makeKey('RS256', 'first'), makeKey('RS256', 'other')];
    const events = [makeEvent(makeToken(key)), makeEvent(makeToken(other)), {}];
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(makeSet(key)));
    writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'ask.js'), `
      globalThis.fetch = async (url) => {
        if (url !== 'https://issuer.example/keys') throw new Error(url);
        return new Response(require('node:fs').readFileSync('keys.json'));
      };
      const { handler } = require('./${name}');
      const events = ${JSON.stringify(events)};
      Promise.all(events.map((event) => handler(event))).then((answers) => {
        console.log(JSON.stringify(answers.map((answer, index) =>
          answer === events[index].Records?.[0].cf.request ? 'same' : answer.status)));
      });`);
    const lines = execFileSync(process.execPath, ['ask.js'], { cwd: folder, encoding: 'utf8' }).trim().split('\n');
    assert.deepEqual(JSON.parse(lines.at(-1)), ['same', '401', '500']);
    const logged = lines.slice(0, -1).map((line) => JSON.parse(line).type);
    assert.deepEqual(logged, name === 'early.js' ? ['refresh', 'loaded'] : []);
  });
}
