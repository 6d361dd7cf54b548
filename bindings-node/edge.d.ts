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

interface CommonRules {
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
  | 'token_too_old';

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

/** The version of this package. */
export const version: string;

/** What decides: the Node-API addon or the WASM module. */
export const implementation: 'native' | 'wasm';
