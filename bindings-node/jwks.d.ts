/**
 * Keys that are fetched while the function runs. docs/keys.md is the manual.
 * @module portcullis/jwks
 */
import type {
  CloudFrontEvent,
  CloudFrontRequest,
  CloudFrontResponse,
  Decision,
  Policy,
  TokenDecision,
  Verifier,
} from './edge.js';

/** T, whose `keys` may be left out. */
type KeysOptional<T> = T extends { readonly keys: infer Keys }
  ? Omit<T, 'keys'> & { readonly keys?: Keys }
  : T;

/** T, in each of whose issuers `keys` may be left out. */
type EntriesKeysOptional<T> = T extends { readonly issuers: readonly (infer Entry)[] }
  ? Omit<T, 'issuers'> & { readonly issuers: readonly KeysOptional<Entry>[] }
  : KeysOptional<T>;

/**
 * A policy in which `keys` may be left out where `jwks` has a URL for the issuer. Keys that are there
 * serve until the first fetch has succeeded. An object, not text.
 */
export type RefreshingPolicy = EntriesKeysOptional<Policy>;

/** Why a fetch failed. */
export type RefreshErrorCode =
  | 'timeout'
  | 'network'
  | 'redirect'
  | 'status'
  | 'too_large'
  | 'not_json'
  | 'not_key_set'
  /** The core does not take the keys; the message has the place, `$.keys.keys[0].n`. */
  | 'refused'
  | 'closed';

/** For metrics: never holds a URL, a key or a token. */
export type RefreshEvent =
  | { readonly type: 'refresh'; readonly issuer: string; readonly cause: 'age' | 'unknown_key' | 'call' }
  | { readonly type: 'loaded'; readonly issuer: string; readonly keys: number; readonly changed: boolean }
  | {
      readonly type: 'failed';
      readonly issuer: string;
      readonly code: RefreshErrorCode;
      readonly message: string;
      /** Failures since the last success. */
      readonly failures: number;
    }
  /** The keys are older than `grace`: the issuer's tokens are denied from now on. */
  | { readonly type: 'expired'; readonly issuer: string };

/** Times are in seconds. */
export interface RefreshingVerifierOptions {
  /** The class of the door that decides: `require('portcullis').Verifier`. */
  readonly Verifier: typeof Verifier;
  readonly policy: RefreshingPolicy;
  /** From an issuer, as the policy writes it, to the URL of its JWK Set. */
  readonly jwks: { readonly [issuer: string]: string };
  /** For one fetch, from the connection to the last byte; 3 unless given. */
  readonly timeout?: number;
  /** Of one JWK Set; 262144 unless given. */
  readonly maxBytes?: number;
  /** Keys older than this are fetched again; 600 unless given. */
  readonly lifetime?: number;
  /** Keys older than this serve no more; 86400 unless given. */
  readonly grace?: number;
  /** From one fetch of an issuer to the next, whatever arrives; 30 unless given. */
  readonly cooldown?: number;
  /** Takes http URLs of this machine (localhost, 127.0.0.1, [::1]), for tests. */
  readonly allowHttp?: boolean;
  /** In place of the global one, when the way out needs a proxy or a certificate authority. */
  readonly fetch?: typeof fetch;
  /** Seconds since the epoch, for the age of keys; `Date.now() / 1000` unless given. */
  readonly clock?: () => number;
  /** Called with each event; what it throws is ignored. */
  readonly onEvent?: (event: RefreshEvent) => void;
}

/** How the keys of one issuer are. */
export interface IssuerStatus {
  readonly issuer: string;
  /** Where the keys in use are from. */
  readonly origin: 'none' | 'baked' | 'fetched';
  /** How many the set has, those that the core ignores included. */
  readonly keys: number;
  /** Seconds since the epoch; undefined before the first success. */
  readonly loadedAt: number | undefined;
  /** Seconds since `loadedAt`. */
  readonly age: number | undefined;
  /** Whether there are keys that are not too old. */
  readonly serves: boolean;
  readonly refreshing: boolean;
  /** Failures since the last success. */
  readonly failures: number;
  readonly lastError:
    | { readonly code: RefreshErrorCode; readonly message: string; readonly at: number }
    | undefined;
}

/** A verifier of the newest keys. Fetches nothing before the first call of a method. */
export interface RefreshingVerifier {
  /** As {@link Verifier.verify}. Starts a refresh when one is due, and does not wait for it. */
  verify(event: unknown, now?: number): Decision;
  /** As {@link Verifier.verifyToken}. Starts a refresh when one is due, and does not wait for it. */
  verifyToken(token: unknown, now?: number): TokenDecision;

  /**
   * As `verify`, but where the key is missing and a refresh is under way it waits for that, at most
   * the `timeout`, and judges once more. For functions that are frozen between requests.
   */
  verifyAsync(event: unknown, now?: number): Promise<Decision>;
  /** As `verifyAsync`, for a bare token. */
  verifyTokenAsync(token: unknown, now?: number): Promise<TokenDecision>;

  /**
   * A handler for Lambda@Edge over `verifyAsync`. It answers with the event's own request object, or
   * with a response that denies; it never rejects. Needs no `this`.
   */
  readonly handler: <Request extends object = CloudFrontRequest>(
    event: CloudFrontEvent<Request>,
  ) => Promise<Request | CloudFrontResponse>;

  /** Fetches what is due, and tells whether every issuer has keys then. Never rejects. */
  ready(): Promise<boolean>;

  /**
   * Fetches every set now, whatever `cooldown` says, and tells whether all were loaded. Never
   * rejects. Not for requests: nothing limits it.
   */
  refresh(): Promise<boolean>;

  /** One entry for each issuer that has a URL, in the policy's order. */
  status(): IssuerStatus[];

  /** Ends the fetches under way and starts no more. Decisions go on with the keys that are there. */
  close(): void;
}

/**
 * @throws PolicyError when the policy cannot be used
 * @throws TypeError | RangeError when an option cannot; the message begins with its name
 */
export function createRefreshingVerifier(options: RefreshingVerifierOptions): RefreshingVerifier;
