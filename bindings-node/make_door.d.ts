// 'portcullis/edge': a door of an engine, for hosts that compile the WASM module by themselves.
import type { Engine } from '../wasm/loader.js';
import type { createHandler, PolicyError, Verifier, verifySignature } from './edge.js';

export interface Door {
  Verifier: typeof Verifier;
  PolicyError: typeof PolicyError;
  createHandler: typeof createHandler;
  verifySignature: typeof verifySignature;
  version: string;
  implementation: 'native' | 'wasm';
}

export function makeDoor(engine: Engine): Door;
