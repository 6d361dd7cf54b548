'use strict';

// Events and tokens made to hurt: whatever comes in, the handler answers and does not allow.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { now, sign, makeClaims, makePolicy, makeEvent, goodToken } = require('./tokens.js');

function hostileTests({ Verifier, createHandler }) {
  const verifier = new Verifier(makePolicy());
  const handler = createHandler(makePolicy());
  const good = `Bearer ${goodToken}`;

  /** The event must be denied for this reason by both faces of the door. */
  async function denied(event, reason, status = '401') {
    assert.equal(verifier.verify(event, now).reason, reason);
    const answer = await handler(event);
    assert.equal(answer.status, status);
    assert.equal(typeof answer.body, 'string');
  }

  test('a getter that throws, at every step', async () => {
    const steps = [
      ['Records'],
      ['Records', 0],
      ['Records', 0, 'cf'],
      ['Records', 0, 'cf', 'request'],
      ['Records', 0, 'cf', 'request', 'headers'],
      ['Records', 0, 'cf', 'request', 'headers', 'authorization'],
      ['Records', 0, 'cf', 'request', 'headers', 'authorization', 0],
      ['Records', 0, 'cf', 'request', 'headers', 'authorization', 0, 'value'],
    ];
    for (const step of steps) {
      const event = makeEvent(good);
      const name = step.pop();
      const owner = step.reduce((object, member) => object[member], event);
      Object.defineProperty(owner, name, { get() { throw new Error('no'); } });
      await denied(event, 'request_malformed', '500');
    }
  });

  test('throwing what is no Error', async () => {
    for (const thrown of [undefined, null, 0, 'no', Symbol('no'), { toString: null }]) {
      await denied({ get Records() { throw thrown; } }, 'request_malformed', '500');
    }
  });

  test('proxies', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    await denied(proxy, 'request_malformed', '500');

    const array = Proxy.revocable([], {});
    array.revoke();
    await denied({ Records: array.proxy }, 'request_malformed', '500');

    const throwing = new Proxy({}, { get() { throw new Error('no'); } });
    await denied(throwing, 'request_malformed', '500');

    const endless = new Proxy({}, { get: (target, name, self) => self });
    await denied(endless, 'request_malformed', '500');

    const deep = new Proxy({}, { get: function get(target, name, self) { return get(target, name, self); } });
    await denied(deep, 'request_malformed', '500');

    // A proxy that tells the truth is as good as its target.
    const honest = new Proxy(makeEvent(good), {});
    assert.equal(await handler(honest), honest.Records[0].cf.request);
  });

  test('a request that is a thenable is no request', async () => {
    const event = makeEvent(good);
    let called = false;
    event.Records[0].cf.request.then = () => { called = true; };
    await denied(event, 'request_malformed', '500');
    assert.equal(called, false);

    const throwing = makeEvent(good);
    Object.defineProperty(throwing.Records[0].cf.request, 'then', { get() { throw new Error('no'); } });
    await denied(throwing, 'request_malformed', '500');

    for (const second of [() => () => { called = true; }, () => { throw new Error('no'); }]) {
      let reads = 0;
      const late = makeEvent(good);
      Object.defineProperty(late.Records[0].cf.request, 'then', {
        get: () => ((reads += 1) === 1 ? undefined : second()),
      });
      assert.equal((await handler(late)).status, '500');
    }
    assert.equal(called, false);
  });

  test('members are read once: what was judged is what is answered', async () => {
    const requests = [makeEvent(good), makeEvent('Bearer x')].map((event) => event.Records[0].cf.request);
    let reads = 0;
    const event = { Records: [{ cf: { get request() { return requests[reads++]; } } }] };
    assert.equal(await handler(event), requests[0]);
    assert.equal(reads, 1);

    const values = ['Bearer x', good];
    let valueReads = 0;
    const changing = makeEvent('');
    Object.defineProperty(changing.Records[0].cf.request.headers.authorization[0], 'value', {
      get: () => values[valueReads++],
    });
    assert.equal((await handler(changing)).status, '401');
    assert.equal(valueReads, 1);
  });

  test('frozen, cyclic and prototype-less events', async () => {
    const freeze = (value) => {
      if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
      return Object.freeze(value);
    };
    const frozen = freeze(makeEvent(good));
    assert.equal(await handler(frozen), frozen.Records[0].cf.request);

    const cyclic = makeEvent(good);
    cyclic.Records[0].cf.request.event = cyclic;
    cyclic.Records[0].cf.request.headers.headers = cyclic.Records[0].cf.request.headers;
    assert.equal(await handler(cyclic), cyclic.Records[0].cf.request);

    const bare = (object) => Object.assign(Object.create(null), object);
    const request = bare({ headers: bare({ authorization: [bare({ value: good })] }) });
    assert.equal(await handler(bare({ Records: [bare({ cf: bare({ request }) })] })), request);

    const own = JSON.parse('{"Records":[{"cf":{"request":{"__proto__":{"headers":{}},"headers":{"__proto__":{"authorization":[]}}}}}]}');
    await denied(own, 'credential_missing');
  });

  test('values that look like a string', async () => {
    const lookalike = { toString: () => good, valueOf: () => good, length: good.length };
    await denied(makeEvent(lookalike), 'credential_malformed');
    await denied(makeEvent([good]), 'credential_malformed');
    await denied(makeEvent(Object(good)), 'credential_malformed');
  });

  test('characters whose low byte is that of the right one', async () => {
    // A door that drops the high byte of a UTF-16 code unit takes each of these for the good token.
    for (const at of [0, 10, goodToken.indexOf('.'), goodToken.length - 1]) {
      for (const high of [0x0100, 0x2000, 0xff00]) {
        const alias = String.fromCharCode(goodToken.charCodeAt(at) | high);
        const token = goodToken.slice(0, at) + alias + goodToken.slice(at + 1);
        assert.equal(verifier.verifyToken(token, now).reason, 'token_malformed');
        await denied(makeEvent(`Bearer ${token}`), 'token_malformed');
      }
    }
    await denied(makeEvent(good.replace('B', '\u0142')), 'credential_missing');
    await denied(makeEvent(good.replace(' ', '\u0120')), 'credential_missing');
  });

  test('lone surrogates, NUL, controls and Latin-1', async () => {
    for (const bad of ['\ud800', '\udfff', '\ud83d\ude00', '\0', '\n', '\x7f', '\xe9', '\ufeff', '\ufffd']) {
      for (const token of [bad + goodToken, goodToken + bad, goodToken.replace('.', `${bad}.`)]) {
        assert.equal(verifier.verifyToken(token, now).reason, 'token_malformed');
        await denied(makeEvent(`Bearer ${token}`), 'token_malformed');
      }
    }
  });

  test('tokens at and above the limit', async () => {
    // 16,384 bytes of token are judged, one more is not looked at.
    const judged = 'a'.repeat(16_384);
    assert.equal(verifier.verifyToken(judged, now).reason, 'token_malformed');
    await denied(makeEvent(`Bearer ${judged}`), 'token_malformed');
    for (const more of ['a', '\x7f', '\xe9', '\u20ac', '\u{1f512}', '\ud800', 'a'.repeat(99_999)]) {
      assert.equal(verifier.verifyToken(judged + more, now).reason, 'token_too_large');
      await denied(makeEvent(`Bearer ${judged}${more}`), 'token_too_large');
    }
    // A character of several bytes on the limit: no cut may make it fit.
    for (let short = 1; short <= 4; ++short) {
      const token = `${'a'.repeat(16_384 - short)}\u{1f512}`;
      const reason = short === 4 ? 'token_malformed' : 'token_too_large';
      assert.equal(verifier.verifyToken(token, now).reason, reason);
      await denied(makeEvent(`Bearer ${token}`), reason);
    }
  });

  test('Authorization values at and above the limit', async () => {
    // 16,384 and 64 bytes, of which the spaces count.
    const spaces = (length, token) => `Bearer${' '.repeat(length - 6 - token.length)}${token}`;
    assert.equal(verifier.verify(makeEvent(spaces(16_448, goodToken)), now).reason, 'ok');
    await denied(makeEvent(spaces(16_449, goodToken)), 'token_too_large');
    await denied(makeEvent(spaces(100_000, goodToken)), 'token_too_large');
    for (let short = 1; short <= 4; ++short) {
      const value = `${spaces(16_448 - short, 'a')}\u{1f512}`;
      await denied(makeEvent(value), short === 4 ? 'token_malformed' : 'token_too_large');
    }
  });

  test('headers of 10 MB', async () => {
    const huge = 10 * 1024 * 1024;
    await denied(makeEvent(`Bearer ${'a'.repeat(huge)}`), 'token_too_large');
    await denied(makeEvent(`Bearer ${'\u{1f512}'.repeat(huge / 4)}`), 'token_too_large');
    await denied(makeEvent(`Bearer ${'\ud800'.repeat(huge / 4)}`), 'token_too_large');
    await denied(makeEvent(' '.repeat(huge)), 'token_too_large');
    // A string made of very many pieces.
    let pieces = 'Bearer ';
    for (let i = 0; i < 100_000; ++i) pieces += String.fromCharCode(97 + (i % 26)) + i;
    await denied(makeEvent(pieces), 'token_too_large');
    assert.equal(verifier.verifyToken('.'.repeat(huge), now).reason, 'token_too_large');
    assert.equal(verifier.verify(makeEvent(good), now).reason, 'ok');
  });

  test('very many header entries', async () => {
    const entry = { value: good };
    await denied(makeEvent(...new Array(50_000).fill(good)), 'credential_malformed');
    const sparse = makeEvent(good);
    sparse.Records[0].cf.request.headers.authorization = Object.assign([entry], { length: 2 ** 32 - 1 });
    await denied(sparse, 'credential_malformed');
  });

  test('claims that are hostile but signed', () => {
    const judge = (claims) => verifier.verifyToken(sign(claims), now).reason;
    const text = JSON.stringify(makeClaims());
    assert.equal(judge(text.replace('{', '{"exp":4000000000,')), 'claims_invalid');
    assert.equal(judge(text.replace('{', '{"\\u0065xp":4000000000,')), 'claims_invalid');
    assert.equal(judge(`${text.slice(0, -1)},"x":${'['.repeat(5000)}${']'.repeat(5000)}}`), 'claims_invalid');
    assert.equal(judge(`${text}${text}`), 'claims_invalid');
    assert.equal(judge(`[${text}]`), 'claims_invalid');
    assert.equal(judge('null'), 'claims_invalid');
    assert.equal(judge(text.replace('"u"', '"\\ud800"')), 'claims_invalid');
    assert.equal(judge(makeClaims({ exp: '4000000000' })), 'claims_invalid');
    assert.equal(judge(text.replace('4000000000', '1e999')), 'claims_invalid');
    assert.equal(judge(text.replace('4000000000', '4e9')), 'ok');
  });

  test('every cut and every changed character of a good token is denied', () => {
    for (let length = 0; length < goodToken.length; ++length) {
      assert.equal(verifier.verifyToken(goodToken.slice(0, length), now).allowed, false);
    }
    for (let at = 0; at < goodToken.length; ++at) {
      const other = goodToken[at] === 'A' ? 'B' : 'A';
      const token = goodToken.slice(0, at) + other + goodToken.slice(at + 1);
      assert.equal(verifier.verifyToken(token, now).allowed, false, `character ${at}`);
    }
    assert.equal(verifier.verifyToken(goodToken, now).allowed, true);
  });
}

module.exports = { hostileTests };
