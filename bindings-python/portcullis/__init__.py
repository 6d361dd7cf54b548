"""Verify JSON Web Tokens at the edge: bytes in, decision out.

    import portcullis

    verifier = portcullis.Verifier(policy)         # dict, or JSON as str or bytes
    decision = verifier.verify_token(token)        # or .verify(event)
    if not decision:
        print(decision.reason)                     # "expired": a key of portcullis.REASONS

    handler = portcullis.create_handler(policy)    # a whole Lambda@Edge function

portcullis.wsgi, portcullis.asgi and portcullis.authorizer put a verifier elsewhere; python -m
portcullis checks policies and responses.

Types for annotations are in portcullis.typing. Nothing here imports anything but the extension
module: import time is part of every cold start.
"""

from ._core import (
    REASONS,
    Decision,
    PolicyError,
    Verifier,
    __version__,
    check_response,
    create_handler,
    verify_signature,
)

__all__ = [
    "REASONS",
    "Decision",
    "PolicyError",
    "Verifier",
    "__version__",
    "check_response",
    "create_handler",
    "verify_signature",
]
