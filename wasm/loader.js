'use strict';

// Makes an engine (see ../bindings-node/edge.js) of the compiled WASM module. Needs only WebAssembly,
// TextEncoder and TextDecoder, so that it runs wherever a WebAssembly.Module can be had.
//
// Text crosses in two fixed buffers inside the module (src/exports.cpp). The module's memory never
// grows, so views of it stay valid.

const ABI_VERSION = 1; // PORTCULLIS_ABI_VERSION
const SINGLE = 1; // PORTCULLIS_FIELD_SINGLE

const encoder = new TextEncoder();
/** @type {TextDecoder | undefined} Made when first needed: it is slow to make. */
let decoder;

class Instance {
  #abi;
  #input; // address
  #inputView;
  #output; // address
  #outputView;
  #verifier = 0; // address
  #verifyRequest;
  #verifyToken;
  // True during a call. A call that traps never comes back to clear it: what it left in memory
  // cannot be trusted, so that every later call fails, too.
  #busy = false;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const abi = new WebAssembly.Instance(module, {}).exports;
    abi._initialize?.();
    const found = abi.portcullis_abi_version();
    if (found !== ABI_VERSION) {
      throw new Error(`portcullis: expected a module of ABI ${ABI_VERSION}, not ${found}`);
    }
    this.#abi = abi;
    this.#input = abi.portcullis_input_buffer();
    this.#inputView = new Uint8Array(abi.memory.buffer, this.#input, abi.portcullis_input_capacity());
    this.#output = abi.portcullis_output_buffer();
    this.#outputView = new Uint8Array(abi.memory.buffer, this.#output, abi.portcullis_output_capacity());
    this.#verifyRequest = abi.portcullis_verify_request;
    this.#verifyToken = abi.portcullis_verify_token;
  }

  /**
   * Builds the verifier. What does not fit the input buffer is too large for the core as well, which
   * says so of the part that fits.
   * @param {Uint8Array} policy
   * @returns {string | undefined} "<path>\n<what was expected>", undefined when all is well
   */
  load(policy) {
    const part = policy.subarray(0, this.#inputView.length);
    this.#inputView.set(part);
    // The length of the error text goes before the text.
    const text = this.#output + 4;
    const room = this.#outputView.length - 4;
    this.#verifier = this.#abi.portcullis_create_verifier(this.#input, part.length, text, room, this.#output);
    this.#inputView.fill(0, 0, part.length); // held secrets
    if (this.#verifier !== 0) return undefined;
    const [length] = new Uint32Array(this.#abi.memory.buffer, this.#output, 1);
    return this.#decode(4, 4 + length);
  }

  verifyAuthorization(value, now) {
    const length = this.#enter(value);
    return this.#leave(this.#verifyRequest(this.#verifier, SINGLE, this.#input, length, now));
  }

  verifyToken(token, now) {
    const length = this.#enter(token);
    return this.#leave(this.#verifyToken(this.#verifier, this.#input, length, now));
  }

  verifyShape(shape, now) {
    this.#enter('');
    return this.#leave(this.#verifyRequest(this.#verifier, shape, this.#input, 0, now));
  }

  respond(code) {
    this.#enter('');
    return this.#text(
      this.#abi.portcullis_write_response(this.#verifier, code, this.#output, this.#outputView.length),
    );
  }

  requestClaims(value) {
    const length = this.#enter(value);
    return this.#text(
      this.#abi.portcullis_write_request_claims(this.#input, length, this.#output, this.#outputView.length),
    );
  }

  tokenClaims(token) {
    const length = this.#enter(token);
    return this.#text(
      this.#abi.portcullis_write_token_claims(this.#input, length, this.#output, this.#outputView.length),
    );
  }

  reasons() {
    this.#enter('');
    const count = this.#leave(this.#abi.portcullis_count_reasons());
    return Array.from({ length: count }, (_, code) => {
      this.#enter('');
      return this.#text(
        this.#abi.portcullis_write_reason(code, this.#output, this.#outputView.length),
      );
    });
  }

  /**
   * Writes the argument of a call into the input buffer, as much as fits: more than fits is more
   * than the core accepts, whatever it is.
   * @param {string} text
   * @returns {number} bytes of UTF-8
   */
  #enter(text) {
    if (this.#busy) throw new Error('portcullis: the module has failed before');
    const { written } = encoder.encodeInto(text, this.#inputView);
    this.#busy = true;
    return written;
  }

  /** @param {number} result */
  #leave(result) {
    this.#busy = false;
    return result;
  }

  /** @param {number} length of the text that a call has written */
  #text(length) {
    this.#leave(length);
    if (length === 0 || length > this.#outputView.length) {
      throw new Error('portcullis: the module wrote no text');
    }
    return this.#decode(0, length);
  }

  #decode(begin, end) {
    decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
    return decoder.decode(this.#outputView.subarray(begin, end));
  }
}

/**
 * The engine of a compiled module. Each verifier gets an instance of its own: a trap in one leaves
 * the others alone.
 * @param {WebAssembly.Module} module
 */
function createEngine(module) {
  return {
    implementation: 'wasm',
    create(policy) {
      const instance = new Instance(module);
      return instance.load(policy) ?? instance;
    },
  };
}

module.exports = { createEngine };
