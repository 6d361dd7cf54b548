"""A token ends with the second that it names, not a tick of the kernel's later (RFC 7519 section 4.1.4)."""

import time

import portcullis
import tokens


def test_a_token_ends_with_the_second_that_it_names():
    handler = portcullis.create_handler(tokens.POLICY)
    for _ in range(2):
        last = int(time.time()) + 1
        event = tokens.bearer_event(exp=last)
        assert handler(event, None) is tokens.request_of(event)
        while time.time() < last:
            pass
        assert handler(event, None)["status"] == "401"
