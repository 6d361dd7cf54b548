// The types that every JavaScript door shares. Import them from the door you use:
// 'portcullis', 'portcullis/native' or 'portcullis/wasm'.

/** JWS algorithms (RFC 7518 section 3.1). */
export type Algorithm = 'HS256';

/** A symmetric key as a JWK (RFC 7517, RFC 7518 section 6.4). Other members are ignored. */
export interface JsonWebKey {
  readonly kty: 'oct';
  /** The secret in base64url: at least 32 bytes for HS256. */
  readonly k: string;
  readonly kid?: string;
  readonly alg?: Algorithm;
  readonly use?: 'sig';
  /** Has to contain `verify`. */
  readonly key_ops?: readonly string[];
  readonly [member: string]: unknown;
}

/** A symmetric key as a string. */
export interface SecretKey {
  /** At least 32 bytes for HS256 once decoded. */
  readonly secret: string;
  readonly encoding: 'utf8' | 'base64url' | 'hex';
  readonly kid?: string;
  readonly alg?: Algorithm;
}

export type Key = JsonWebKey | SecretKey;

/** What a token must grant; every list that is present must be satisfied. None may be empty. */
export interface Requirement {
  /** Each of these. */
  readonly all_of?: readonly string[];
  /** At least one of these. */
  readonly any_of?: readonly string[];
}

/**
 * What is demanded of a token. The same JSON for every door; docs/policy.md has all rules. Unknown
 * members are errors.
 */
export interface Policy {
  readonly $schema?: string;
  readonly algorithms: readonly Algorithm[];
  /** The exact `iss`; `null` accepts any. */
  readonly issuer: string | null;
  /** Any of these in `aud`; `null` accepts any. */
  readonly audience: string | readonly string[] | null;
  readonly keys: readonly Key[];
  /** Whole seconds, 0 to 300, for `exp`, `nbf` and `iat`; 0 unless given. */
  readonly clock_tolerance?: number;
  /** Whether `exp` must be there; `required` unless given. */
  readonly expiration?: 'required' | 'optional';
  /** Accepted `typ` values; `null` accepts any; `["JWT", "at+jwt"]` unless given. */
  readonly typ?: readonly string[] | null;
  readonly require?: {
    /** Against the claim `permissions`. */
    readonly permissions?: Requirement;
    /** Against the first present of the claims `scope`, `scp` and `scopes`. */
    readonly scope?: Requirement;
  };
  /** For `WWW-Authenticate`; `portcullis` unless given. */
  readonly realm?: string;
}

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
  | 'internal_error';

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
  status: '401' | '403' | '500';
  statusDescription: string;
  /** By lower-case name. */
  headers: Record<string, { key: string; value: string }[]>;
  /** JSON: says no more than the error word of RFC 6750. */
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

interface DecisionMembers {
  /** The HTTP status that fits; undefined when allowed. */
  readonly status: 401 | 403 | 500 | undefined;
  /** The response that denies: a new object at each reading. Undefined when allowed. */
  readonly response: CloudFrontResponse | undefined;
  /**
   * The claims, parsed at the first reading. Undefined when denied.
   * @throws Error when the engine has failed since it allowed the token
   */
  readonly claims: Claims | undefined;
}

export interface Allowed extends DecisionMembers {
  readonly kind: 'allow';
  readonly allowed: true;
  readonly reason: 'ok';
  readonly status: undefined;
  readonly response: undefined;
  readonly claims: Claims;
}

export interface Denied extends DecisionMembers {
  readonly kind: 'deny';
  readonly allowed: false;
  readonly reason: Exclude<Reason, 'ok'>;
  readonly status: 401 | 403 | 500;
  readonly response: CloudFrontResponse;
  readonly claims: undefined;
}

export type Decision = Allowed | Denied;

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
  verifyToken(token: unknown, now?: number): Decision;

  /**
   * Judges the request of a CloudFront viewer-request or origin-request event by its Authorization
   * header. What is no such event is denied.
   * @param now whole seconds since the epoch; the clock's unless given
   * @throws TypeError | RangeError when `now` is not a whole number; never because of the event
   */
  verify(event: unknown, now?: number): Decision;
}

/**
 * A handler for Lambda@Edge. It answers with the event's own request object, or with a response that
 * denies; it never rejects.
 * @throws PolicyError
 */
export function createHandler(
  policy: PolicyInput,
): <Request extends object = CloudFrontRequest>(
  event: CloudFrontEvent<Request>,
) => Promise<Request | CloudFrontResponse>;

/** The version of this package. */
export const version: string;

/** What decides: the Node-API addon or the WASM module. */
export const implementation: 'native' | 'wasm';
