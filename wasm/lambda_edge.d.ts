// 'portcullis/lambda-edge': a whole Lambda@Edge function. The policy is policy.json beside it, or in the
// function's folder. A policy that cannot be used is a PolicyError when this is loaded.
import type { createHandler } from '../bindings-node/edge.js';

export declare const handler: ReturnType<typeof createHandler>;
