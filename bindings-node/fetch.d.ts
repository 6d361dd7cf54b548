/**
 * A verifier for hosts that speak Request and Response.
 * @module portcullis/fetch
 */
import type { Judge, Listeners } from './adapter.js';
import type { Claims } from './edge.js';

export type { Judge, Listeners };

/** What may be given beside the verifier. */
export interface Options extends Listeners {
  /**
   * The client's address; unknown unless given. In a Worker
   * `(request) => request.headers.get('cf-connecting-ip')`.
   */
  clientIp?: (request: Request) => string | null | undefined;
}

/** What a request that passed goes on with. */
export interface Passed {
  /** The request to go on with: the same one, or another that the policy has changed. */
  request?: Request;
  /** Undefined on a public path, and for what passes in shadow mode alone. */
  claims?: Claims | undefined;
}

/**
 * Gives the Response to a request that may not pass; undefined when it may, with `passed` filled in.
 * @throws TypeError when the policy changes requests and there is no `passed` to put them in
 */
export function createGuard(
  verifier: Judge,
  options?: Options,
): (request: Request, passed?: Passed) => Response | undefined;
