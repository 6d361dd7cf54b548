'use strict';

// A whole Lambda@Edge function that judges nothing: WebAssembly reads each event and gives back its
// request, or in response events its response. It writes a line to the log when it starts and one for
// each event. To measure what that costs (study/README.md), or to begin a distribution with.
//
// portcullis-passthrough.wasm is read from the folder of this file, or of the bundle that it has become
// part of.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const PARTS = { request: 1, response: 2 };

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const compiled = new WebAssembly.Module(readFileSync(join(__dirname, 'portcullis-passthrough.wasm')));
const log = (text, length) => console.log(read(text, length));
const { exports: abi } = new WebAssembly.Instance(compiled, { portcullis: { log } });
const output = abi.portcullis_output_buffer();
const input = new Uint8Array(
  abi.memory.buffer,
  abi.portcullis_input_buffer(),
  abi.portcullis_input_capacity(),
);
abi._initialize();

function read(address, length) {
  return decoder.decode(new Uint8Array(abi.memory.buffer, address, length));
}

/** @param {any} event */
async function handler(event) {
  // What JSON has no words for is no event either: the module says so.
  const text = JSON.stringify(event) ?? '';
  const { read: taken, written } = encoder.encodeInto(text, input);
  if (taken < text.length) throw new Error(`portcullis: the event has more than ${input.length} bytes`);
  const cf = event?.Records?.[0]?.cf;
  const part = cf?.response === undefined || cf.response === null ? 'request' : 'response';
  const length = abi.portcullis_pass_event(written, PARTS[part]);
  if (length > 0) return JSON.parse(read(output, length));
  throw new Error(`portcullis: ${read(output, -length).replace('\n', ': ')}`);
}

module.exports = { handler };
