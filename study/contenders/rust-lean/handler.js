import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer, bearerToken, invalidToken } from 'peers/cloudfront';
import policy from './policy.json';

const encoder = new TextEncoder();
const module = new WebAssembly.Module(readFileSync(join(__dirname, 'lean.wasm')));
const { memory, input, capacity, configure, verify } = new WebAssembly.Instance(module).exports;
const required = policy.require.permissions.all_of;

// Made anew when the memory has grown, which takes the old view's bytes away.
let view = new Uint8Array();

/** Writes text into the module's buffer and gives its length in bytes; nothing when it does not fit. */
function enter(text) {
  if (view.length === 0) view = new Uint8Array(memory.buffer, input(), capacity());
  const { read, written } = encoder.encodeInto(text, view);
  return read === text.length ? written : undefined;
}

if (configure(enter(JSON.stringify(policy))) !== 0) throw new Error('the module does not take the policy');

export async function handler(event) {
  const token = bearerToken(event);
  if (typeof token !== 'string') return token;
  const length = enter(token);
  if (length === undefined) return invalidToken();
  switch (verify(length, Date.now() / 1000)) {
    case 0:
      return event.Records[0].cf.request;
    case 2:
      return answer(event, [], required); // what it grants is not enough
    default:
      return invalidToken();
  }
}
