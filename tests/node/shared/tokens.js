'use strict';

// Tokens, policies and events for the tests of the JavaScript doors, made without Portcullis.

const { createHmac } = require('node:crypto');

const secret = 'only for tests: thirty-two bytes or more';
const now = 1_800_000_000;
const farAway = 4_000_000_000; // for handlers, which read the clock

function encode(value) {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

/**
 * @param {object | string} claims an object, or the exact text of the claims set
 * @param {object} [header]
 */
function sign(claims, header = { alg: 'HS256', typ: 'JWT' }) {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Claims that `makePolicy()` accepts. */
function makeClaims(more = {}) {
  return { iss: 'https://issuer.example', aud: 'https://api.example', sub: 'u', exp: farAway, ...more };
}

function makePolicy(more = {}) {
  return {
    algorithms: ['HS256'],
    issuer: 'https://issuer.example',
    audience: 'https://api.example',
    keys: [{ secret, encoding: 'utf8' }],
    ...more,
  };
}

function makeEvent(...values) {
  const authorization = values.map((value) => ({ key: 'Authorization', value }));
  const request = {
    clientIp: '203.0.113.7',
    method: 'GET',
    uri: '/',
    querystring: '',
    headers: { host: [{ key: 'Host', value: 'd.example' }], authorization },
  };
  return { Records: [{ cf: { config: { eventType: 'viewer-request' }, request } }] };
}

const goodToken = sign(makeClaims());

module.exports = { secret, now, farAway, encode, sign, makeClaims, makePolicy, makeEvent, goodToken };
