import crypto from 'node:crypto';
import { makeDoor } from 'portcullis/edge';
import { createEngine } from 'portcullis/loader';
import policy from './policy.json';
import module from './portcullis.wasm';

const { createHandler } = makeDoor(createEngine(module, { loadCrypto: () => crypto }));

export const handler = createHandler(policy);
