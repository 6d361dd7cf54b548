/**
 * A whole Lambda@Edge function. The policy is policy.json beside it, or in the function's folder. A
 * policy that cannot be used is a PolicyError when this is loaded.
 * @module portcullis/lambda-edge
 */
import type { createHandler } from '../bindings-node/edge.js';

/** What `createHandler` makes of the policy. */
export declare const handler: ReturnType<typeof createHandler>;
