// The types that every JavaScript door shares. Import them from the door you use:
// 'portcullis', 'portcullis/native' or 'portcullis/wasm'.

/** JWS algorithms (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2). */
export type Algorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519';

/** What every JSON Web Key may have (RFC 7517 section 4). Other members are ignored. */
interface JsonWebKeyMembers {
  readonly kid?: string;
  readonly alg?: Algorithm;
  readonly use?: 'sig';
  /** Has to contain `verify`. */
  readonly key_ops?: readonly string[];
  readonly [member: string]: unknown;
}

/** A symmetric key (RFC 7518 section 6.4). */
export interface SymmetricJsonWebKey extends JsonWebKeyMembers {
  readonly kty: 'oct';
  /** The secret in base64url: at least as long as the hash of its algorithm. */
  readonly k: string;
}

/** An RSA public key (RFC 7518 section 6.3) of 2048 to 8192 bits. */
export interface RsaJsonWebKey extends JsonWebKeyMembers {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  /** A private key is refused. */
  readonly d?: never;
}

/** An elliptic-curve public key (RFC 7518 section 6.2). */
export interface EcJsonWebKey extends JsonWebKeyMembers {
  readonly kty: 'EC';
  readonly crv: 'P-256' | 'P-384' | 'P-521';
  readonly x: string;
  readonly y: string;
  /** A private key is refused. */
  readonly d?: never;
}

/** An Ed25519 public key (RFC 8037 section 2). */
export interface OkpJsonWebKey extends JsonWebKeyMembers {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** A private key is refused. */
  readonly d?: never;
}

/** A JSON Web Key (RFC 7517) that a policy takes. */
export type JsonWebKey = SymmetricJsonWebKey | RsaJsonWebKey | EcJsonWebKey | OkpJsonWebKey;

/** A JWK Set (RFC 7517 section 5) as its issuer publishes it: keys for other purposes are ignored. */
export interface JsonWebKeySet {
  readonly keys: readonly object[];
  readonly [member: string]: unknown;
}

/** A symmetric key as a string. */
export interface SecretKey {
  /** At least as long, once decoded, as the hash of its algorithm. */
  readonly secret: string;
  readonly encoding: 'utf8' | 'base64url' | 'hex';
  readonly kid?: string;
  readonly alg?: Algorithm;
}

/** A public key as one PEM block: `PUBLIC KEY`, `RSA PUBLIC KEY` or `CERTIFICATE` (RFC 7468). */
export interface PemKey {
  readonly pem: string;
  readonly kid?: string;
  readonly alg?: Algorithm;
}

/** A key of a policy, in any of its forms. */
export type Key = JsonWebKey | SecretKey | PemKey;

/** What a token must hold; every list that is present must be satisfied. None may be empty. */
export interface Requirement {
  /** Each of these. */
  readonly all_of?: readonly string[];
  /** At least one of these. */
  readonly any_of?: readonly string[];
  /** Not one of these. */
  readonly none_of?: readonly string[];
}

/** What the claims must be beyond what every token must be. */
export interface Requirements {
  /** Claims that must be there. */
  readonly present?: readonly string[];
  /** By claim: the one value that it must have, or lists for its strings. */
  readonly claims?: { readonly [claim: string]: string | number | boolean | Requirement };
  /** Against the claim `permissions`. */
  readonly permissions?: Requirement;
  /** Against the first present of the claims `scope`, `scp` and `scopes`. */
  readonly scope?: Requirement;
  /** Against the claim `roles`. */
  readonly roles?: Requirement;
  /** Against the first present of the claims `groups` and `cognito:groups`. */
  readonly groups?: Requirement;
}

/** What is demanded of an issuer's tokens. */
interface IssuerRules {
  readonly algorithms: readonly Algorithm[];
  /** Any of these in `aud`; `null` accepts any. */
  readonly audience: string | readonly string[] | null;
  readonly keys: readonly Key[] | JsonWebKeySet;
  /** What `{tenantid}` in the issuer may stand for. */
  readonly tenants?: readonly string[];
  /** Whether `exp` must be there; `required` unless given. */
  readonly expiration?: 'required' | 'optional';
  /** Whole seconds since `iat`, from which on a token is too old. */
  readonly max_token_age?: number;
  /** Accepted `typ` values; `null` accepts any; `["JWT", "at+jwt"]` unless given. */
  readonly typ?: readonly string[] | null;
  /** Any of these in the claim `token_use` (Amazon Cognito). */
  readonly token_use?: string | readonly string[];
  /** Any of these in the claim `client_id`. */
  readonly client_id?: string | readonly string[];
  /** Any of these in the claim `azp`. */
  readonly azp?: string | readonly string[];
  readonly require?: Requirements;
}

/** One of several issuers, with keys and rules of its own. */
export interface IssuerPolicy extends IssuerRules {
  /** The exact `iss`. */
  readonly issuer: string;
}

/** Where a token may stand in a request. Of one kind each. */
export type Source =
  | {
      /** In lower case. */
      readonly header: string;
      /** What precedes the token; `null`: the value is the token. `Bearer` for `authorization`, else `null`. */
      readonly scheme?: string | null;
      /** Taken out of the request before the origin gets it. */
      readonly strip?: boolean;
      readonly cookie?: never;
      readonly query?: never;
      readonly repeated?: never;
    }
  | {
      readonly cookie: string;
      /** Of a cookie that occurs more than once; `refuse` unless given. */
      readonly repeated?: 'refuse' | 'first';
      readonly strip?: boolean;
      readonly header?: never;
      readonly query?: never;
      readonly scheme?: never;
    }
  | {
      readonly query: string;
      readonly strip?: boolean;
      readonly header?: never;
      readonly cookie?: never;
      readonly scheme?: never;
      readonly repeated?: never;
    };

/** What is asked on a path. */
export interface Route {
  /** `*` as a whole segment for any one, `**` as the last one for any number of them. */
  readonly path: string;
  /** Any without it; `GET` stands for `HEAD` as well. */
  readonly methods?: readonly string[];
  /** `token` unless given. */
  readonly access?: 'token' | 'public' | 'deny';
  /** Beside the issuer's own. */
  readonly require?: Requirements;
  /** Of the policy's. */
  readonly issuers?: readonly string[];
  readonly challenge?: 'login' | 'page' | 'none';
}

/** What a browser on another site may ask. */
export interface Cors {
  readonly origins: '*' | readonly string[];
  /** GET, HEAD and POST unless given. */
  readonly methods?: readonly string[];
  /** In lower case; `authorization` unless given. */
  readonly headers?: readonly string[];
  /** Headers that a script may read. */
  readonly expose?: readonly string[];
  /** Not with origins `*`. */
  readonly credentials?: boolean;
  /** For how many seconds a browser may remember, 0 to 86,400. */
  readonly max_age?: number;
}

/** Where to send whoever has no token that passes, or no proof. */
export interface Challenge {
  readonly login?: {
    readonly url: string;
    readonly return_parameter?: string;
    readonly return_base?: string;
  };
  readonly page?: {
    readonly url: string;
    /** Of at least 32 bytes, of this purpose alone. */
    readonly key: SecretKey | SymmetricJsonWebKey;
    readonly parameter?: string;
    readonly return_parameter?: string;
    readonly cookie?: string;
    /** Seconds, 1 to 86,400; 300 unless given. */
    readonly lifetime?: number;
    /** Seconds, 1 to 86,400; 3,600 unless given. */
    readonly proof_lifetime?: number;
  };
}

/** So many requests in so many seconds on average, at most `burst` at once. */
export interface Rate {
  readonly requests: number;
  readonly seconds: number;
  readonly burst?: number;
}

/** The edge layer of a policy; docs/edge.md has all rules. */
export interface EdgeRules {
  /** The Authorization header, scheme Bearer, unless given. */
  readonly sources?: readonly Source[];
  /** By header, in lower case: the claim that goes on to the origin. */
  readonly claim_headers?: { readonly [header: string]: string };
  /** Every path wants a token unless given; what no route is for is denied. */
  readonly routes?: readonly Route[];
  /** `any` unless given. */
  readonly path_case?: 'any' | 'exact';
  readonly cors?: Cors;
  readonly challenge?: Challenge;
  /** Best effort: every instance of a function counts for itself. */
  readonly rate_limit?: {
    readonly address?: Rate;
    readonly subject?: Rate;
    readonly entries?: number;
    readonly ipv6_prefix?: number;
    readonly over?: 'deny' | 'challenge';
  };
  readonly token_cache?: { readonly entries: number };
  /** `enforce` unless given; `shadow` lets every request through. */
  readonly mode?: 'enforce' | 'shadow';
  readonly log?: {
    readonly decisions: 'all' | 'denied' | 'none';
    /** Claims that a line has, of tokens that passed. */
    readonly claims?: readonly string[];
  };
}

interface CommonRules extends EdgeRules {
  readonly $schema?: string;
  /** Whole seconds, 0 to 300, for `exp`, `nbf` and `iat`; 0 unless given. */
  readonly clock_tolerance?: number;
  /** For `WWW-Authenticate`; `portcullis` unless given. */
  readonly realm?: string;
}

/** A policy for one issuer. */
export interface SingleIssuerPolicy extends CommonRules, IssuerRules {
  /** The exact `iss`; `null` accepts any. */
  readonly issuer: string | null;
  readonly issuers?: never;
}

/** A policy for several issuers: a token's `iss` chooses among them. */
export interface SeveralIssuersPolicy extends CommonRules {
  readonly issuers: readonly IssuerPolicy[];
  readonly algorithms?: never;
  readonly issuer?: never;
  readonly audience?: never;
  readonly keys?: never;
}

/**
 * What is demanded of a token. The same JSON for every door; docs/policy.md has all rules. Unknown
 * members are errors.
 */
export type Policy = SingleIssuerPolicy | SeveralIssuersPolicy;

/** A policy, or its JSON text, or the UTF-8 bytes of that. */
export type PolicyInput = Policy | string | ArrayBufferView;

/** Why a decision is what it is: for logs, never for the viewer. docs/rules.md explains each. */
export type Reason =
  | 'ok'
  | 'credential_missing'
  | 'credential_malformed'
  | 'token_too_large'
  | 'token_malformed'
  | 'header_invalid'
  | 'critical_header_unsupported'
  | 'algorithm_not_allowed'
  | 'type_not_allowed'
  | 'key_not_found'
  | 'signature_invalid'
  | 'claims_invalid'
  | 'claim_missing'
  | 'expired'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'scope_insufficient'
  | 'request_malformed'
  | 'internal_error'
  | 'claim_mismatch'
  | 'token_too_old'
  | 'path_ambiguous'
  | 'route_not_found'
  | 'route_denied'
  | 'issuer_not_allowed'
  | 'rate_limited'
  | 'proof_missing'
  | 'preflight_refused'
  | 'preflight_answered';

/** A request of a CloudFront event, as far as it is looked at. Any other type of yours fits, too. */
export interface CloudFrontRequest {
  headers?: Record<string, { key?: string; value: string }[]>;
}

/** A viewer-request or origin-request event of CloudFront, as far as it is looked at. */
export interface CloudFrontEvent<Request = CloudFrontRequest> {
  Records: readonly { cf: { request: Request } }[];
}

/** A generated response: what a request function returns instead of the request. */
export interface CloudFrontResponse {
  status: '401' | '403' | '500' | '400' | '429' | '204' | '302';
  statusDescription: string;
  /** By lower-case name. */
  headers: Record<string, { key: string; value: string }[]>;
  /** JSON: says no more than the error word of RFC 6750. A redirect and 204 have none. */
  body?: string;
}

/** The response to a denial. */
export interface DenialResponse extends CloudFrontResponse {
  status: '401' | '403' | '500' | '400' | '429';
  body: string;
}

/** The JWT Claims Set (RFC 7519 section 4) of a token that has passed. */
export interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly [claim: string]: unknown;
}

/** What every decision has. */
interface DecisionMembers {
  /** The HTTP status that fits; undefined when allowed. */
  readonly status: 401 | 403 | 500 | 400 | 429 | 204 | 302 | undefined;
  /** The response to answer with: a new object at each reading. Undefined when allowed. */
  readonly response: CloudFrontResponse | undefined;
  /**
   * The claims, parsed at the first reading. Undefined when not allowed, and on a public route.
   * @throws Error when the engine has failed since it allowed the token
   */
  readonly claims: Claims | undefined;
  /** Whether the policy only watches: every request goes on, whatever was decided. */
  readonly shadow: boolean;
  /** The line that the policy wants logged of this decision, without `requestId` and `latency`. */
  readonly logLine?: string | undefined;
  /** Which of the policy's routes has judged, counted from 0; undefined when none has. */
  readonly route?: number | undefined;
  /**
   * What an edge policy wants changed of a request before it goes on, if it is allowed or in shadow mode:
   * a new object at each reading. A handler does it by itself.
   * @throws Error when the engine has failed since it decided
   */
  readonly edits?: RequestEdits | undefined;
}

/** See docs/edge.md, "Edits". */
export interface RequestEdits {
  /** Names of headers, in every case and with `_` for `-` as well. */
  remove?: string[];
  set?: Record<string, string>;
  /** Empty: the Cookie header is left out. */
  cookie?: string;
  querystring?: string;
}

/** The request may pass. */
export interface Allowed extends DecisionMembers {
  readonly kind: 'allow';
  readonly allowed: true;
  readonly reason: 'ok';
  readonly status: undefined;
  readonly response: undefined;
}

/** Of a bare token: there are always claims. */
export interface AllowedToken extends Allowed {
  readonly claims: Claims;
}

/** The request may not pass, or the token does not hold. */
export interface Denied extends DecisionMembers {
  readonly kind: 'deny';
  readonly allowed: false;
  readonly reason: Exclude<Reason, 'ok' | 'preflight_answered'>;
  readonly status: 401 | 403 | 500 | 400 | 429;
  readonly response: DenialResponse;
  readonly claims: undefined;
}

/** Sent to a login page, or to one that asks for a proof. */
export interface Challenged extends DecisionMembers {
  readonly kind: 'challenge';
  readonly allowed: false;
  readonly reason: Exclude<Reason, 'ok' | 'preflight_answered'>;
  readonly status: 302;
  readonly response: CloudFrontResponse;
  readonly claims: undefined;
}

/** A CORS preflight, answered at the edge. */
export interface Answered extends DecisionMembers {
  readonly kind: 'answer';
  readonly allowed: false;
  readonly reason: 'preflight_answered';
  readonly status: 204;
  readonly response: CloudFrontResponse;
  readonly claims: undefined;
}

/** Of a request. Without an edge layer it is `Allowed` or `Denied`. */
export type Decision = Allowed | Denied | Challenged | Answered;

/** Of a bare token. */
export type TokenDecision = AllowedToken | Denied;

/** A policy that cannot be used. Never holds a secret's value. */
export class PolicyError extends Error {
  constructor(path: string, expected: string, options?: { cause?: unknown });
  readonly name: 'PolicyError';
  readonly code: 'ERR_PORTCULLIS_POLICY';
  /** Where in the policy: `$.keys[0].k`; `$` is all of it. */
  readonly path: string;
  /** What was expected there. */
  readonly expected: string;
}

/** Judges tokens and requests by one policy. */
export class Verifier {
  /** @throws PolicyError */
  constructor(policy: PolicyInput);

  /**
   * Judges a JWT (JWS Compact Serialization, RFC 7515 section 7.1). What is no string is denied.
   * @param now whole seconds since the epoch; the clock's unless given
   * @throws TypeError | RangeError when `now` is not a whole number; never because of the token
   */
  verifyToken(token: unknown, now?: number): TokenDecision;

  /**
   * Judges the request of a CloudFront viewer-request or origin-request event: by its Authorization
   * header, or as the policy's edge layer says. What is no such event is denied.
   * @param now whole seconds since the epoch; the clock's unless given
   * @throws TypeError | RangeError when `now` is not a whole number; never because of the event
   */
  verify(event: unknown, now?: number): Decision;

  /**
   * The proof for a challenge that this policy has made for this client, to be set as a cookie once the
   * challenge is met (docs/edge.md, "Challenges"). Undefined when it is not a valid one.
   * @param challenge as the client has brought it
   * @param clientIp the client's address
   * @param now whole seconds since the epoch; the clock's unless given
   * @throws TypeError | RangeError when `now` is not a whole number
   */
  answerChallenge(challenge: unknown, clientIp: unknown, now?: number): string | undefined;
}

/** What a handler tells. Whatever these throw changes no answer. */
export interface HandlerOptions {
  /** Writes a log line, of a policy with an edge layer that wants the decision logged; `console.log`. */
  readonly log?: (line: string) => unknown;
  /** Called with each decision, for metrics. */
  readonly onDecision?: (told: ToldDecision) => unknown;
}

/** What a decision was, and how long it took. */
export interface ToldDecision {
  readonly kind: Decision['kind'];
  readonly reason: Reason;
  /** Undefined when allowed. */
  readonly status: number | undefined;
  /** Which of the policy's routes has judged, counted from 0. */
  readonly route: number | undefined;
  readonly milliseconds: number;
}

/**
 * A handler for Lambda@Edge. It answers with the event's own request object, or with a response that
 * denies, redirects or answers a preflight; it never rejects.
 * @throws PolicyError
 */
export function createHandler(
  policy: PolicyInput,
  options?: HandlerOptions,
): <Request extends object = CloudFrontRequest>(
  event: CloudFrontEvent<Request>,
) => Promise<Request | CloudFrontResponse>;

/**
 * Whether one signature is valid: one algorithm, one key, no policy. For conformance suites; requests
 * are judged by a {@link Verifier}.
 * @param algorithm a JWS `alg` value (RFC 7518 section 3.1, RFC 8037, RFC 9864)
 * @param jwk one JSON Web Key (RFC 7517), held to the same rules as a key in a policy
 * @param message the octets that were signed
 * @param signature as a JWS carries it: ECDSA's is r and s side by side (RFC 7518 section 3.4)
 * @throws PolicyError when the algorithm (path `alg`) or the key (path `$`…) cannot be used
 */
export function verifySignature(
  algorithm: string,
  jwk: JsonWebKey | string | ArrayBufferView,
  message: Uint8Array,
  signature: Uint8Array,
): boolean;

/** A kind of event that a function of Lambda@Edge is called with. */
export type EventType = 'viewer-request' | 'origin-request' | 'origin-response' | 'viewer-response';

/** What CloudFront would not take of a response: each becomes a 502 for the viewer. */
export interface ResponseFinding {
  /** Such as `header_read_only`; docs/response-rules.md has all. */
  rule: string;
  /** Where: `$.headers["retry-after"]`; `original` is what was to be compared with. */
  path: string;
  /** What to do about it. */
  sentence: string;
  /** Which page says so. */
  source: string;
}

/**
 * Checks a response before CloudFront does: any function's, not only one of this package's.
 * @param response what the function returns, or the JSON text of it, or the UTF-8 bytes of that
 * @param options `original`: in response events the event's own response, so that changes of what is
 *     read-only are seen
 * @returns nothing when CloudFront would take it
 */
export function checkResponse(
  response: unknown,
  options: { readonly eventType: EventType; readonly original?: unknown },
): ResponseFinding[];

/** The version of this package. */
export const version: string;

/** What decides: the Node-API addon or the WASM module. */
export const implementation: 'native' | 'wasm';
