'use strict';

// A JavaScript door as a program for outside conformance suites: one JSON line in, one JSON line
// out. README.md beside this file tells the members; the other doors' programs answer the same. The
// argument is the door.

const { readSync, writeSync } = require('node:fs');

const DOORS = {
  native: '../../../bindings-node/native.js',
  wasm: '../../../wasm/index.js',
  'wasm-self-contained': '../../../wasm/self_contained.js',
  'wasm-openssl': '../../../wasm/openssl.js',
};

const LONGEST_LINE = 4194304;
const DEEPEST_LINE = 128;
const MOST_VERIFIERS = 64;

const NOT_AN_OBJECT = 'line: expected a JSON object in UTF-8, at most 128 levels deep';
const TOO_LONG = 'line: expected at most 4194304 bytes';

if (!Object.hasOwn(DOORS, process.argv[2] ?? '')) {
  process.stderr.write(`usage: verify_lines.js ${Object.keys(DOORS).join('|')}\n`);
  process.exit(2);
}
const { Verifier, PolicyError, verifySignature } = require(DOORS[process.argv[2]]);

/** What is wrong with a line: the whole answer but for the id. */
class BadLine extends Error {}

// --- the line -----------------------------------------------------------------------------------

const QUOTE = 34;
const BACKSLASH = 92;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isOpen = (code) => code === 91 || code === 123;
const isClose = (code) => code === 93 || code === 125;

/** From the opening quote to behind the closing one. */
function skipString(text, at) {
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) at++;
  }
  return at + 1;
}

function isTooDeep(text) {
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (isOpen(code) && ++depth > DEEPEST_LINE) return true;
    if (isClose(code)) depth--;
    at++;
  }
  return false;
}

function skipSpace(text, at) {
  while (' \t\n\r'.includes(text[at])) at++;
  return at;
}

/** Behind a value; behind the spaces, too, that follow a number or a word. */
function skipValue(text, at) {
  if (text[at] === '"') return skipString(text, at);
  for (let depth = 0; ; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (depth === 0 && (isClose(code) || text[at] === ',')) return at;
    if (isOpen(code)) depth++;
    at++;
    if (isClose(code) && --depth === 0) return at;
  }
}

/** In text that is JSON. */
function hasLoneSurrogate(text) {
  if (!text.includes('\\u')) return false;
  return /\\u[dD][89a-fA-F]/.test(
    text.replace(/\\[^u]/g, ' ').replace(/\\u[dD][89abAB]..\\u[dD][c-fC-F]/g, ' '),
  );
}

/** Whether a number is there that no double holds. */
function hasInfinity(value) {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasInfinity);
}

/**
 * The members by name as { value, raw }, `raw` the text that stands in the line, so that a policy,
 * a key and an id stay what they are.
 * @param {Uint8Array} line
 */
function readMembers(line) {
  let text;
  let values;
  try {
    text = decoder.decode(line);
    values = isTooDeep(text) ? undefined : JSON.parse(text);
  } catch {
    // Falls through.
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new BadLine(NOT_AN_OBJECT);
  }
  const large = /\d{300}|[eE]\+?\d{3}/.test(text);
  if (hasLoneSurrogate(text) || (large && hasInfinity(values))) throw new BadLine(NOT_AN_OBJECT);

  const members = new Map();
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === '"') {
    const nameEnd = skipString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd));
    const begin = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, begin);
    members.set(name, { value: values[name], raw: text.slice(begin, end).trimEnd() });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return members;
}

function readString(members, name, expected) {
  const value = members.get(name)?.value;
  if (typeof value !== 'string') throw new BadLine(`${name}: ${expected}`);
  return value;
}

function readHex(members, name) {
  const expected = 'expected a string of two hexadecimal digits for each byte';
  const text = readString(members, name, expected);
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) throw new BadLine(`${name}: ${expected}`);
  return Buffer.from(text, 'hex');
}

/** JSON text: what a string holds, or any other value as it stands. */
function readDocument(members, name) {
  const member = members.get(name);
  if (member === undefined) throw new BadLine(`${name}: expected an object or JSON text`);
  return typeof member.value === 'string' ? member.value : member.raw;
}

function readNow(members) {
  const { value, raw } = members.get('now') ?? {};
  if (!Number.isSafeInteger(value) || !/^-?\d+$/.test(raw)) {
    throw new BadLine('now: expected an integer from -9007199254740991 to 9007199254740991');
  }
  return value;
}

function readFlag(members, name) {
  const value = members.has(name) ? members.get(name).value : false;
  if (typeof value !== 'boolean') throw new BadLine(`${name}: expected true or false`);
  return value;
}

// --- the answer: what follows the id ------------------------------------------------------------

/** @type {Map<string, any>} */
const verifiers = new Map();

function makeVerifier(policy) {
  try {
    return new Verifier(policy);
  } catch (error) {
    throw error instanceof PolicyError ? new BadLine(error.message) : error;
  }
}

function findVerifier(policy) {
  let made = verifiers.get(policy);
  if (made === undefined) {
    made = makeVerifier(policy);
    if (verifiers.size === MOST_VERIFIERS) verifiers.clear();
    verifiers.set(policy, made);
  }
  return made;
}

function verify(members) {
  const now = readNow(members);
  const policy = readDocument(members, 'policy');
  const withClaims = readFlag(members, 'claims');
  let decision;
  if (members.has('event')) {
    if (members.has('token')) throw new BadLine('event: expected no token beside it');
    decision = findVerifier(policy).verify(members.get('event').value, now);
  } else {
    const token = readString(members, 'token', 'expected a string, or an event instead');
    decision = findVerifier(policy).verifyToken(token, now);
  }
  const { kind, reason, allowed } = decision;
  const answer = { decision: kind, reason };
  if (withClaims && allowed) answer.claims = decision.claims;
  return answer;
}

function verifyRaw(members) {
  const name = readString(members, 'alg', 'expected a string');
  const jwk = readDocument(members, 'jwk');
  const message = readHex(members, 'message_hex');
  const signature = readHex(members, 'signature_hex');
  try {
    return { valid: verifySignature(name, jwk, message, signature) };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw new BadLine('verify_raw: the library failed');
    return { valid: false, error: `${error.path}: ${error.expected}` };
  }
}

/** @param {Uint8Array} line */
function answer(line) {
  let id = 'null';
  let told;
  try {
    if (line.length > LONGEST_LINE) throw new BadLine(TOO_LONG);
    const members = readMembers(line);
    id = members.get('id')?.raw ?? 'null';
    const op = members.has('op') ? members.get('op').value : 'verify';
    if (op === 'verify') told = verify(members);
    else if (op === 'verify_raw') told = verifyRaw(members);
    else throw new BadLine('op: expected "verify" or "verify_raw"');
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    told = { error: error.message };
  }
  return `{"id":${id},${JSON.stringify(told).slice(1)}\n`;
}

// --- the pipe -----------------------------------------------------------------------------------

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Calls until the pipe is ready: whoever made it may have made it non-blocking. */
function insist(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code === 'EOF') return 0;
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

function writeAll(text) {
  let bytes = Buffer.from(text);
  while (bytes.length !== 0) bytes = bytes.subarray(insist(() => writeSync(1, bytes)));
}

/** Answers are held back only while there is input at hand. */
function run() {
  const chunk = Buffer.alloc(65536);
  let parts = [];
  let length = 0;
  const keep = (part) => {
    // One byte more than fits shows that a line is too long; what follows it is skipped.
    const kept = part.subarray(0, LONGEST_LINE + 1 - length);
    if (kept.length === 0) return;
    parts.push(Buffer.from(kept)); // a copy: the chunk is read into again
    length += kept.length;
  };
  const finish = () => {
    const told = answer(parts.length === 1 ? parts[0] : Buffer.concat(parts));
    parts = [];
    length = 0;
    return told;
  };
  for (let count; (count = insist(() => readSync(0, chunk, 0, chunk.length, null))) !== 0; ) {
    let out = '';
    let begin = 0;
    for (let end; (end = chunk.indexOf(10, begin)) !== -1 && end < count; begin = end + 1) {
      keep(chunk.subarray(begin, end));
      out += finish();
    }
    keep(chunk.subarray(begin, count));
    writeAll(out);
  }
  if (length !== 0) writeAll(finish());
}

try {
  run();
} catch (error) {
  if (error.code !== 'EPIPE') throw error;
  process.exitCode = 1;
}
