// The door to the core for browsers, with the module as a file of its own: bundlers that know
// `new URL(…, import.meta.url)` put it beside their output.

import edge from '../bindings-node/edge.js';
import loader from './loader.js';

const response = await fetch(new URL('./portcullis-self-contained-edge.wasm', import.meta.url));
if (!response.ok) throw new Error(`portcullis: ${response.url}: ${response.status}`);
// Not compileStreaming, which wants the right Content-Type of every server.
const compiled = await WebAssembly.compile(await response.arrayBuffer());

export const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = edge.makeDoor(loader.createEngine(compiled));
