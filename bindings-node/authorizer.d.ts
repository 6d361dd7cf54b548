// 'portcullis/authorizer': a Lambda authorizer for Amazon API Gateway.
import type { Judge, Listeners } from './adapter.js';

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

export interface SimpleAnswer {
  isAuthorized: boolean;
  context: Context;
}

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
