/**
 * A door of an engine, for hosts that compile the WASM module by themselves.
 * @module portcullis/edge
 */
import type { Engine } from '../wasm/loader.js';
import type {
  checkResponse,
  createHandler,
  PolicyError,
  Verifier,
  verifySignature,
} from './edge.js';

/** What 'portcullis/native' and 'portcullis/wasm' are, of another engine. */
export interface Door {
  Verifier: typeof Verifier;
  PolicyError: typeof PolicyError;
  /** See 'portcullis'. */
  createHandler: typeof createHandler;
  /** Throws where the engine has no edge layer and no way to one. */
  checkResponse: typeof checkResponse;
  /** See 'portcullis'. */
  verifySignature: typeof verifySignature;
  version: string;
  implementation: 'native' | 'wasm';
}

/**
 * A door of an engine.
 * @param engine of 'portcullis/loader'
 */
export function makeDoor(engine: Engine): Door;
