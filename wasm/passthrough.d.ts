/**
 * A whole Lambda@Edge function that judges nothing. WebAssembly reads each event and gives back its
 * request, or in response events its response.
 * @module portcullis/passthrough
 */
import type { CloudFrontEvent, OriginRequest, Request, Response } from '../bindings-node/cloudfront.js';

/** Rejects with an error that names the field when the event is not CloudFront's. */
export declare function handler(event: CloudFrontEvent): Promise<Request | OriginRequest | Response>;
