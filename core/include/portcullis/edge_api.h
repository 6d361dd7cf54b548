/** @file
 * The C door to the edge layer (docs/edge.md), beside portcullis/c_api.h, whose conventions hold
 * here as well.
 *
 * A request crosses as one text: its fields behind each other, parted by a NUL byte, each one the
 * digit of its shape (enum portcullis_field_shape) and then, when that is PORTCULLIS_FIELD_SINGLE,
 * its value:
 *
 *   method, uri, querystring, client address, and the headers that portcullis_describe_edge names
 *
 * A text of another number of fields, as a NUL inside a value makes it, is no request.
 *
 * A decision is a number: its reason in the bits 0 to 7, its kind in the bits 8 and 9, and above
 * them the number of the route that judged, counted from 1; 0 when none did.
 */
#ifndef PORTCULLIS_EDGE_API_H
#define PORTCULLIS_EDGE_API_H

#include "portcullis/c_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The kind of a decision; see portcullis/decision.hpp. */
enum portcullis_kind {
  PORTCULLIS_KIND_ALLOW = 0,
  PORTCULLIS_KIND_DENY = 1,
  PORTCULLIS_KIND_CHALLENGE = 2,
  PORTCULLIS_KIND_ANSWER = 3
};

/** What the policy wants of its door: nothing when it has no edge layer. Else a line of three
 * digits, each 0 or 1 (requests are edited; decisions are logged; shadow mode), and a line for each
 * header to be read, in lower case. */
size_t portcullis_describe_edge(const portcullis_verifier* verifier, char* out,
                                size_t out_capacity);

/** 16 random bytes, once, before the first request: the key of tables that strangers fill. */
void portcullis_seed_edge(portcullis_verifier* verifier, const char* sixteen_bytes);

/** Judges a request. A policy without an edge layer denies it with internal_error. Thread-safe. */
int32_t portcullis_judge_request(const portcullis_verifier* verifier, const char* request,
                                 size_t request_length, double now);

/** The response (JSON) to a request that has not been allowed; `decision` as it was given at `now`.
 */
size_t portcullis_write_edge_response(const portcullis_verifier* verifier, const char* request,
                                      size_t request_length, int32_t decision, double now,
                                      char* out, size_t out_capacity);

/** What is to be changed of a request that passes (JSON); see docs/edge.md. */
size_t portcullis_write_edge_edits(const portcullis_verifier* verifier, const char* request,
                                   size_t request_length, int32_t decision, char* out,
                                   size_t out_capacity);

/** The members of a log line, without braces; nothing when this decision is not to be logged. */
size_t portcullis_write_edge_log(const portcullis_verifier* verifier, const char* request,
                                 size_t request_length, int32_t decision, char* out,
                                 size_t out_capacity);

/** The claims set of the token of an allowed request. Does NOT verify; 0 on a public route. */
size_t portcullis_write_edge_claims(const portcullis_verifier* verifier, const char* request,
                                    size_t request_length, int32_t decision, char* out,
                                    size_t out_capacity);

/** The proof for a challenge that this policy has made for this client, to be set as a cookie once
 * the challenge is met; 0 when it is not a valid one at `now`. */
size_t portcullis_answer_challenge(const portcullis_verifier* verifier, const char* challenge,
                                   size_t challenge_length, const char* client,
                                   size_t client_length, double now, char* out,
                                   size_t out_capacity);

/** Checks a CloudFront response (JSON) for an event type (0 viewer-request, 1 origin-request,
 * 2 origin-response, 3 viewer-response); `original` may be empty. Writes a line for each finding,
 * "<rule> <path>", and gives the number of bytes: 0 means that CloudFront would take it. */
size_t portcullis_check_response(int32_t event_type, const char* response, size_t response_length,
                                 const char* original, size_t original_length, char* out,
                                 size_t out_capacity);

/** Reads a CloudFront event (JSON) of any of the four types, checks every field that is known, and
 * writes it again without nulls: `part` 0 the whole event, 1 its request, 2 its response. What is
 * wrong is written to `error` as in portcullis_create_verifier; then nothing is written to `out`.
 */
size_t portcullis_write_event(const char* event, size_t event_length, int32_t part, char* out,
                              size_t out_capacity, char* error, size_t error_capacity,
                              size_t* error_length);

#ifdef __cplusplus
}
#endif

#endif
