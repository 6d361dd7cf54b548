import bytes from 'portcullis/core.wasm';
import { makeDoor } from 'portcullis/edge';
import { createEngine } from 'portcullis/loader';
import policy from './policy.json';

const engine = createEngine(new WebAssembly.Module(bytes), { loadCrypto: () => require('node:crypto') });

export const handler = makeDoor(engine).createHandler(policy);
