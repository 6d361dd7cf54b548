// 'portcullis/edge': a door of an engine, for hosts that compile the WASM module by themselves.
import type { Engine } from '../wasm/loader.js';
import type {
  checkResponse,
  createHandler,
  PolicyError,
  Verifier,
  verifySignature,
} from './edge.js';

export interface Door {
  Verifier: typeof Verifier;
  PolicyError: typeof PolicyError;
  createHandler: typeof createHandler;
  /** Throws where the engine has no edge layer and no way to one. */
  checkResponse: typeof checkResponse;
  verifySignature: typeof verifySignature;
  version: string;
  implementation: 'native' | 'wasm';
}

export function makeDoor(engine: Engine): Door;
