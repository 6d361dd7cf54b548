/**
 * A Lambda authorizer for Amazon API Gateway.
 * @module portcullis/authorizer
 */
import type { Judge, Listeners } from './adapter.js';

export type { Judge, Listeners };

/** What may be given beside the verifier. */
export interface Options extends Listeners {
  /**
   * Whether to answer with `isAuthorized`, as an HTTP API with payload format 2.0 may be told to
   * want, and not with an IAM policy.
   */
  simple?: boolean;
  /** `throw` makes a REST API answer 401 where the token is at fault, and not 403. */
  unauthorized?: 'deny' | 'throw';
}

/** `reason`, and the headers of the policy's `claim_headers`. */
export type Context = Record<string, string>;

/** The simple response of payload format 2.0 (Amazon API Gateway Developer Guide, "Lambda authorizers"). */
export interface SimpleAnswer {
  isAuthorized: boolean;
  context: Context;
}

/** An IAM policy for the one resource that was asked for (the same page, "Output from a Lambda authorizer"). */
export interface PolicyAnswer {
  principalId: string;
  policyDocument: {
    Version: '2012-10-17';
    Statement: { Action: 'execute-api:Invoke'; Effect: 'Allow' | 'Deny'; Resource: string }[];
  };
  context: Context;
}

/** Takes events of REST, WebSocket and HTTP APIs. What is none is denied. */
export function createAuthorizer(
  verifier: Judge,
  options: Options & { simple: true },
): (event: unknown) => Promise<SimpleAnswer>;
export function createAuthorizer(
  verifier: Judge,
  options?: Options & { simple?: false },
): (event: unknown) => Promise<PolicyAnswer>;
