// Everything of a verifier that outlives a call. On the heap, so that the addresses that caches
// hold survive when the verifier is moved.
#pragma once

#include "jose/header_cache.hpp"
#include "jwt/policy.hpp"
#include "portcullis/verifier.hpp"

#if PORTCULLIS_EDGE
#include "edge/edge_policy.hpp"
#include "edge/rate_limiter.hpp"
#include "encoding/keyed_hash.hpp"
#include "token_cache.hpp"
#endif

namespace portcullis {

struct verifier_parts {
  policy rules;
  header_cache headers;
#if PORTCULLIS_EDGE
  edge_policy edge;
  hash_key seed;
  rate_limiter addresses;
  rate_limiter subjects;
  token_cache tokens;
#endif
};

struct verifier::state : verifier_parts {};

}  // namespace portcullis
