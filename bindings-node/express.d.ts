/**
 * A verifier in front of an Express, Connect or plain node:http application.
 * @module portcullis/express
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Judge, Listeners } from './adapter.js';
import type { Claims } from './edge.js';

export type { Judge, Listeners };

/** What may be given beside the verifier. */
export interface Options<Request extends IncomingMessage = IncomingMessage> extends Listeners {
  /** The client's address; Express's `req.ip`, else that of the socket, unless given. */
  clientIp?: (req: Request) => string | undefined;
}

/** What a request that passed has beside its own members. */
export interface Passed {
  portcullis: {
    /** Undefined on a public path, and for what passes in shadow mode alone. */
    claims: Claims | undefined;
  };
}

/**
 * Judges each request by method, path, headers and client address. One that may pass goes on with
 * `req.portcullis.claims`; every other one is answered.
 */
export function createMiddleware<Request extends IncomingMessage = IncomingMessage>(
  verifier: Judge,
  options?: Options<Request>,
): (req: Request, res: ServerResponse, next: (error?: unknown) => void) => void;
