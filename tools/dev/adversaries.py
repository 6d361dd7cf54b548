"""What the worst of each limit may cost: the inputs of core/bench/adversarial.hpp, by name. tests/hardening/cost_test.py
counts their instructions, ./dev bench times them, docs/performance.md has the table."""

from __future__ import annotations

from dataclasses import dataclass

# How much a doubled size may cost, on average from a quarter of the limit to all of it.
GROWTH = 2.2


@dataclass(frozen=True)
class Adversary:
    name: str
    what: str
    full: int  # the size at the limit, as in adversarial.hpp
    instructions: int  # at the most, at that size, as callgrind counts them
    times: int  # so often the time of a normal decision, at the most

    @property
    def row(self) -> str:
        """Its name among the rows of ./dev bench."""
        return f"hostile-{self.name.replace('_', '-')}"


ADVERSARIES: tuple[Adversary, ...] = (
    Adversary("dots", "a token of segments alone", 16384, 1_000, 1),
    Adversary("no_dots", "a token without a dot", 16384, 5_000, 1),
    Adversary("header_escapes", "a JOSE header of escapes, bytes", 8192, 700_000, 500),
    Adversary("header_members", "a JOSE header's members, hard to compare", 64, 400_000, 500),
    Adversary("claims_members", "a claims set's members, hard to compare", 512, 2_500_000, 2500),
    Adversary("unverified_members", "the same before the signature, to choose one of 64 issuers", 512, 2_600_000, 2500),
    Adversary("claims_depth", "claims nested to the limit again and again, bytes", 11520, 1_600_000, 1000),
    Adversary("claims_objects", "claims of small objects, bytes", 11520, 1_500_000, 1000),
    Adversary("claims_space", "white space, bytes", 11520, 800_000, 250),
    Adversary("claims_escapes", "a string of escapes, bytes", 11520, 1_000_000, 500),
    Adversary("claims_number", "a number of so many digits", 11520, 800_000, 250),
    Adversary("expiration_digits", "exp with so many digits", 11520, 1_200_000, 500),
    Adversary("grants", "required permissions, of a token that holds 1,300", 256, 42_000_000, 20000),
    Adversary("scope_words", "required scopes, of a token that holds 1,600", 256, 105_000_000, 60000),
    Adversary("authorization_spaces", "spaces behind Bearer, bytes", 16448, 120_000, 60),
    Adversary("es384_flood", "ES384, signatures of nothing, bytes of the token", 16384, 11_000_000, 3500),
    Adversary("rs512_flood", "RS512 by a modulus of 8,192 bits, the same", 16384, 6_000_000, 2500),
    Adversary("kid_spray", "keys, a kid that none has", 1000, 8_000, 10),
    Adversary("cookies", "a Cookie header to be searched and rewritten, bytes", 20480, 2_000_000, 1000),
    Adversary("query", "a query to be searched and rewritten, bytes", 20480, 1_800_000, 1000),
    Adversary("request_bytes", "fields of a request, bytes", 65536, 2_700_000, 1500),
    Adversary("path_readings", "segments that 64 patterns with * fit, in every reading", 128, 18_000_000, 10000),
    Adversary("path_escapes", "a path of escapes, bytes", 8192, 600_000, 400),
    Adversary("route_misses", "routes, a path that none is for", 1000, 200_000, 150),
    Adversary("route_collisions", "routes of one hash, the path of the last", 1000, 60_000, 20),
    Adversary("preflight_headers", "headers that a preflight asks for, bytes, 64 allowed", 20480, 700_000, 300),
    Adversary("limiter_full", "clients in a full rate limit, each a new one", 65536, 5_000, 10),
    Adversary("cache_thrash", "tokens in a full cache, each a new one", 4096, 40_000, 20),
    Adversary("policy_keys", "a policy's keys, their ids from last to first", 1000, 20_000_000, 8000),
    Adversary("policy_space", "a policy of white space, bytes", 524288, 6_500_000, 4000),
    Adversary("policy_values", "a policy's values", 16384, 9_000_000, 6000),
    Adversary("policy_members", "a policy's members, hard to compare", 512, 2_500_000, 2500),
    Adversary("policy_routes", "a policy's routes, escaped and with capitals", 1000, 12_500_000, 8000),
    Adversary("policy_methods", "rules of one path, by 16 methods each", 848, 27_000_000, 15000),
)
