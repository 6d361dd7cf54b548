/// @file
/// The request of an event as a policy with an edge layer reads it: shapes and bytes, nothing
/// decided.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "portcullis/request.hpp"

namespace portcullis {

/// Everything is borrowed for the call. A field of which there has to be exactly one (method, uri
/// and so on) is `single` or it is malformed.
struct edge_request {
  field_view method;       ///< request.method
  field_view uri;          ///< request.uri
  field_view querystring;  ///< request.querystring, without '?'
  field_view client;       ///< request.clientIp
  /// The headers that verifier::fields() names, in that order. Several Cookie headers are one,
  /// joined by
  /// "; " (RFC 9113 section 8.2.3).
  std::span<const field_view> headers;
};

}  // namespace portcullis
