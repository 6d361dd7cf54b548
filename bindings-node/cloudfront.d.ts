/**
 * The four events that CloudFront sends to a Lambda@Edge function, and what a function may answer
 * (Amazon CloudFront Developer Guide, "Lambda@Edge event structure"). The same fields as
 * core/src/edge/cloudfront_fields.def, which a test compares. Only types: nothing runs.
 * @module portcullis/cloudfront
 */

/** The values of each header, by its name in lower case; `key` is the name as it was sent. */
export type Headers = Record<string, { key?: string; value: string }[]>;

/** When CloudFront calls: `config.eventType`. */
export type EventType = 'viewer-request' | 'origin-request' | 'origin-response' | 'viewer-response';

/** Which distribution called, and when. */
export interface Config<Type extends EventType = EventType> {
  readonly distributionDomainName: string;
  readonly distributionId: string;
  readonly eventType: Type;
  /** As `x-edge-request-id` in the access log. */
  readonly requestId: string;
}

/** There when "include body" is chosen for the trigger. */
export interface Body {
  /** CloudFront has cut it: at 40 KB for a viewer's event, at 1 MB for an origin's. */
  readonly inputTruncated: boolean;
  action: 'read-only' | 'replace';
  encoding: 'base64' | 'text';
  data: string;
}

/** An origin that is a server with a name: `request.origin.custom`. */
export interface CustomOrigin {
  customHeaders: Headers;
  domainName: string;
  /** Seconds. */
  keepaliveTimeout: number;
  /** Begins with a slash, or is empty. */
  path: string;
  port: number;
  protocol: 'http' | 'https';
  /** Seconds. */
  readTimeout: number;
  sslProtocols: ('TLSv1.2' | 'TLSv1.1' | 'TLSv1' | 'SSLv3')[];
}

/** An Amazon S3 bucket: `request.origin.s3`. */
export interface S3Origin {
  authMethod: 'origin-access-identity' | 'none';
  customHeaders: Headers;
  domainName: string;
  path: string;
  /** Needed with an origin access identity. */
  region?: string;
}

/** One of the two. */
export type Origin = { custom: CustomOrigin; s3?: never } | { s3: S3Origin; custom?: never };

/** A viewer's request. */
export interface Request {
  readonly clientIp: string;
  readonly method: string;
  uri: string;
  /** Without question mark; empty when there is none. */
  querystring: string;
  headers: Headers;
  body?: Body;
}

/** The request that CloudFront sends to the origin. */
export interface OriginRequest extends Request {
  origin?: Origin;
}

/** The response that a response event brings. */
export interface Response {
  status: string;
  statusDescription?: string;
  headers: Headers;
}

/** The same as an origin-response function may return it: with a body in place of the origin's. */
export interface ReplacedResponse extends Response {
  body?: string;
  bodyEncoding?: 'text' | 'base64';
}

/** What a request function returns in place of the request. */
export interface GeneratedResponse {
  status: string;
  statusDescription?: string;
  headers?: Headers;
  body?: string;
  bodyEncoding?: 'text' | 'base64';
}

/** What each event is: a list of one record. */
interface Event<Content> {
  readonly Records: readonly [{ readonly cf: Content }];
}

/** After a viewer's request has come, before the cache is looked at. */
export type ViewerRequestEvent = Event<{ readonly config: Config<'viewer-request'>; readonly request: Request }>;

/** Before a request goes to the origin. */
export type OriginRequestEvent = Event<{ readonly config: Config<'origin-request'>; readonly request: OriginRequest }>;

/** After the origin's response has come. */
export type OriginResponseEvent = Event<{
  readonly config: Config<'origin-response'>;
  readonly request: Readonly<OriginRequest>;
  readonly response: Response;
}>;

/** Before a response goes to the viewer. */
export type ViewerResponseEvent = Event<{
  readonly config: Config<'viewer-response'>;
  readonly request: Readonly<Request>;
  readonly response: Response;
}>;

/** Any of the four. */
export type CloudFrontEvent = ViewerRequestEvent | OriginRequestEvent | OriginResponseEvent | ViewerResponseEvent;
