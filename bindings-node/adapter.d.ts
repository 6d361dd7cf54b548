// What the types of the adapters share.
import type { Decision } from './edge.js';

/** A Verifier of any door, or a RefreshingVerifier of 'portcullis/jwks'. */
export interface Judge {
  /** See `Verifier` of 'portcullis'. */
  verify(event: unknown, now?: number): Decision;
}

/** Who is told of decisions. */
export interface Listeners {
  /** Takes a line for each decision that the policy wants logged; `console.log` unless given. */
  log?: (line: string) => void;
  /** Takes each decision, for metrics. What either of these throws is ignored. */
  onDecision?: (decision: Decision) => void;
}
