"""A whole Lambda@Edge function for CloudFront viewer-request or origin-request events.

    from portcullis.lambda_edge import create_handler

    with open("policy.json", "rb") as file:
        handler = create_handler(file.read())

Lambda@Edge has no environment variables, so the policy travels in the bundle. It is read and
checked once, when the function starts: a bad policy raises PolicyError there.

handler(event, context) returns one of
  * the event's own request dict, the same object: CloudFront goes on. It is unchanged, but for what
    the policy wants changed (docs/edge.md, "Edits");
  * a response dict for the viewer: 401 with WWW-Authenticate (RFC 6750 section 3), 403 when the
    token does not grant what the policy requires, 500 when the event is not CloudFront's, and what
    docs/edge.md names. Status is a str, header lists are [{"key": ..., "value": ...}], no value is
    None (Amazon CloudFront Developer Guide, "Generate HTTP responses in request triggers").

It reads the system clock and raises for no event.

A policy's `log` member has a line printed for decisions; create_handler(policy, log=...) takes a
function to write lines with, and on_decision=... one that is called with kind, reason, status,
route and milliseconds of every decision. What these raise is ignored.
"""

from ._core import create_handler

__all__ = ["create_handler"]
