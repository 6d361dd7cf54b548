"""Cases about the way to the token: the event, the credential, the compact form, base64url."""

from .parts import (
    ABSENT,
    Theme,
    b64,
    bearer,
    claims,
    event,
    event_of,
    header,
    headers_with,
    octets,
    render,
    request,
    sign,
    token,
    token_of_size,
)

GOOD = token()


def entry(value, **members):
    return {"key": "Authorization", "value": value, **members}


def event_theme():
    theme = Theme(
        "event",
        "The shape of a CloudFront request event",
        [
            "Amazon CloudFront Developer Guide, Lambda@Edge event structure",
        ],
    )

    def malformed(slug, comment, event_):
        theme.case(slug, "request_malformed", comment, event_=event_)

    malformed("null", "The event is null", None)
    malformed("number", "The event is a number", 5)
    malformed("string", "The event is a string", "Records")
    malformed("array", "The event is an array that holds an event", [event(bearer(GOOD))])
    malformed("empty-object", "The event has no Records", {})
    malformed("records-null", "Records is null", {"Records": None})
    malformed("records-empty", "Records has no entry", {"Records": []})
    malformed("records-string", "Records is a string", {"Records": "cf"})
    malformed(
        "records-object",
        "Records is an object with a member 0, not an array",
        {"Records": {"0": event(bearer(GOOD))["Records"][0]}},
    )
    malformed("record-null", "The first record is null", {"Records": [None]})
    malformed("record-array", "The first record is an array", {"Records": [[]]})
    malformed("record-string", "The first record is a string", {"Records": ["cf"]})
    malformed("cf-absent", "The first record has no cf", {"Records": [{}]})
    malformed("cf-null", "cf is null", {"Records": [{"cf": None}]})
    malformed("cf-array", "cf is an array", {"Records": [{"cf": []}]})
    malformed("request-absent", "cf has no request", event_of(ABSENT))
    malformed("request-null", "request is null", event_of(None))
    malformed("request-array", "request is an array", event_of([]))
    malformed("request-string", "request is a string", event_of("GET /data/1"))
    malformed("request-true", "request is true", event_of(True))
    malformed(
        "second-record",
        "Only the first record counts, and it is empty",
        {"Records": [{}, event(bearer(GOOD))["Records"][0]]},
    )
    theme.case(
        "extra-record",
        "ok",
        "Records after the first are not read",
        event_={"Records": [event(bearer(GOOD))["Records"][0], None]},
    )
    theme.case(
        "origin-request",
        "ok",
        "An origin-request event has the same shape",
        event_=event_of(request(headers_with([entry(bearer(GOOD))])), "origin-request"),
    )

    def deny(slug, reason, comment, headers):
        theme.case(slug, reason, comment, event_=event_of(request(headers)))

    deny("headers-absent", "credential_missing", "The request has no headers member", ABSENT)
    deny("headers-null", "credential_missing", "headers is null", None)
    deny("headers-empty", "credential_missing", "headers is empty", {})
    deny("headers-array", "credential_malformed", "headers is an array", [])
    deny(
        "headers-string",
        "credential_malformed",
        "headers is a string",
        "Authorization: Bearer a.b.c",
    )
    deny("headers-number", "credential_malformed", "headers is a number", 0)
    deny("headers-false", "credential_malformed", "headers is false", False)

    def authorization(slug, reason, comment, member):
        deny(slug, reason, comment, headers_with(member))

    authorization("authorization-absent", "credential_missing", "No authorization member", ABSENT)
    authorization("authorization-null", "credential_missing", "authorization is null", None)
    authorization("authorization-empty", "credential_missing", "authorization is an empty list", [])
    authorization(
        "authorization-object",
        "credential_malformed",
        "authorization is an entry instead of a list of entries",
        entry(bearer(GOOD)),
    )
    authorization(
        "authorization-indexed",
        "credential_malformed",
        "authorization is an object that looks like a list",
        {"0": entry(bearer(GOOD)), "length": 1},
    )
    authorization(
        "authorization-string",
        "credential_malformed",
        "authorization is the value itself",
        bearer(GOOD),
    )
    authorization("authorization-number", "credential_malformed", "authorization is 0", 0)
    authorization("authorization-false", "credential_malformed", "authorization is false", False)
    authorization("entry-null", "credential_malformed", "The only entry is null", [None])
    authorization(
        "entry-string", "credential_malformed", "The only entry is a string", [bearer(GOOD)]
    )
    authorization(
        "entry-array", "credential_malformed", "The only entry is an array", [[entry(bearer(GOOD))]]
    )
    authorization(
        "value-absent", "credential_malformed", "The entry has no value", [{"key": "Authorization"}]
    )
    authorization("value-null", "credential_malformed", "value is null", [entry(None)])
    authorization("value-number", "credential_malformed", "value is a number", [entry(12345)])
    authorization("value-true", "credential_malformed", "value is true", [entry(True)])
    authorization(
        "value-object",
        "credential_malformed",
        "value is an object",
        [entry({"value": bearer(GOOD)})],
    )
    authorization(
        "value-array",
        "credential_malformed",
        "value is a list of one string",
        [entry([bearer(GOOD)])],
    )
    authorization(
        "two-entries",
        "credential_malformed",
        "Two Authorization headers, the first good",
        [entry(bearer(GOOD)), entry("Basic dXNlcjpwYXNz")],
    )
    authorization(
        "two-equal-entries",
        "credential_malformed",
        "The same good header twice",
        [entry(bearer(GOOD)), entry(bearer(GOOD))],
    )
    authorization(
        "second-entry-null",
        "credential_malformed",
        "A null after the good entry",
        [entry(bearer(GOOD)), None],
    )
    authorization(
        "key-absent",
        "ok",
        "key only tells the case on the wire and may be absent",
        [{"value": bearer(GOOD)}],
    )
    authorization(
        "key-lower-case",
        "ok",
        "key in another case",
        [{"key": "authorization", "value": bearer(GOOD)}],
    )
    authorization(
        "extra-member",
        "ok",
        "Unknown members of an entry are not read",
        [entry(bearer(GOOD), note=[1, 2])],
    )
    deny(
        "capitalised-name",
        "credential_missing",
        "CloudFront's member names are lower case; another spelling is not the header",
        {"Authorization": [entry(bearer(GOOD))]},
    )
    deny(
        "capitalised-beside",
        "ok",
        "A capitalised member beside the real one is not read",
        {"Authorization": [entry("Basic dXNlcjpwYXNz")], "authorization": [entry(bearer(GOOD))]},
    )
    deny(
        "prototype-member",
        "credential_missing",
        "A member named __proto__ is a name like any other",
        {"__proto__": {"authorization": [entry(bearer(GOOD))]}},
    )
    deny(
        "proxy-authorization",
        "credential_missing",
        "Another header's credential does not count",
        {"proxy-authorization": [{"key": "Proxy-Authorization", "value": bearer(GOOD)}]},
    )
    return theme


def credential_theme():
    theme = Theme(
        "credential",
        "The value of the Authorization header",
        [
            "RFC 6750 section 2.1",
            "RFC 9110 section 11.4",
        ],
    )

    def case(slug, reason, comment, value):
        theme.case(slug, reason, comment, value=value)

    case("plain", "ok", "Bearer, one space, token", bearer(GOOD))
    case("lower-case", "ok", "The scheme is compared without case", "bearer " + GOOD)
    case("upper-case", "ok", "The scheme is compared without case", "BEARER " + GOOD)
    case("mixed-case", "ok", "The scheme is compared without case", "bEaReR " + GOOD)
    case("two-spaces", "ok", "1*SP between scheme and token", "Bearer  " + GOOD)
    case("many-spaces", "ok", "1*SP between scheme and token", "Bearer" + " " * 40 + GOOD)
    case("empty", "credential_malformed", "An empty value", "")
    case("scheme-only", "credential_malformed", "The scheme without a token", "Bearer")
    case("scheme-space", "credential_malformed", "The scheme and a space, no token", "Bearer ")
    case("scheme-spaces", "credential_malformed", "The scheme and only spaces", "Bearer     ")
    case("basic", "credential_missing", "Another scheme", "Basic dXNlcjpwYXNz")
    case(
        "basic-with-token",
        "credential_missing",
        "Another scheme with a good token",
        "Basic " + GOOD,
    )
    case("longer-scheme", "credential_missing", "Bearerx is another scheme", "Bearerx " + GOOD)
    case("shorter-scheme", "credential_missing", "Beare is another scheme", "Beare " + GOOD)
    case("no-space", "credential_missing", "Scheme and token run together", "Bearer" + GOOD)
    case("no-scheme", "credential_missing", "A good token without a scheme", GOOD)
    case(
        "leading-space",
        "credential_missing",
        "The scheme is the first thing in the value",
        " Bearer " + GOOD,
    )
    case("only-space", "credential_missing", "A value of one space has no Bearer scheme", " ")
    case(
        "tab",
        "credential_missing",
        "The scheme ends at a space; a tab belongs to another scheme",
        "Bearer\t" + GOOD,
    )
    case("comma-scheme", "credential_missing", "A comma is no end of the scheme", "Bearer," + GOOD)
    case("colon-scheme", "credential_missing", "A colon is no end of the scheme", "Bearer: " + GOOD)
    case("no-break-space", "credential_missing", "U+00A0 is not a space", "Bearer\u00a0" + GOOD)
    case(
        "full-width-scheme",
        "credential_missing",
        "Full-width letters are not the scheme",
        "\uff22earer " + GOOD,
    )
    case("scheme-nul", "credential_missing", "A NUL does not end the scheme", "Bearer\0 " + GOOD)
    case(
        "space-tab",
        "token_malformed",
        "A tab after the space belongs to the token",
        "Bearer \t" + GOOD,
    )
    case(
        "trailing-space",
        "token_malformed",
        "A space after the token belongs to it",
        bearer(GOOD) + " ",
    )
    case(
        "trailing-tab",
        "token_malformed",
        "A tab after the token belongs to it",
        bearer(GOOD) + "\t",
    )
    case(
        "trailing-newline",
        "token_malformed",
        "A line break after the token belongs to it",
        bearer(GOOD) + "\n",
    )
    case("trailing-nul", "token_malformed", "Text does not end at a NUL", bearer(GOOD) + "\0")
    case(
        "trailing-comma",
        "token_malformed",
        "A comma after the token belongs to it",
        bearer(GOOD) + ",",
    )
    case("two-tokens", "token_malformed", "Two tokens in one value", bearer(GOOD) + " " + GOOD)
    case(
        "folded-list",
        "token_malformed",
        "Two headers folded into one value by a proxy",
        bearer(GOOD) + ", " + bearer(GOOD),
    )
    case("twice-the-scheme", "token_malformed", "The scheme twice", "Bearer " + bearer(GOOD))
    case("quoted", "token_malformed", "The token in quotation marks", f'Bearer "{GOOD}"')
    case("parameter", "token_malformed", "An auth-param instead of a token", f"Bearer token={GOOD}")
    return theme


def compact_theme():
    theme = Theme(
        "compact",
        "JWS Compact Serialization: three segments",
        [
            "RFC 7515 section 7.1",
            "RFC 7519 section 7.2",
        ],
    )
    head, payload, signature = GOOD.split(".")

    def malformed(slug, comment, made):
        theme.case(slug, "token_malformed", comment, made)

    theme.case("plain", "ok", "Three segments", GOOD)
    malformed("no-dot", "One segment", head)
    malformed("one-dot", "Two segments: the signature is cut off", f"{head}.{payload}")
    malformed("three-dots", "Four segments", f"{GOOD}.{signature}")
    malformed("trailing-dot", "A dot after the signature", GOOD + ".")
    malformed("leading-dot", "A dot before the header", "." + GOOD)
    malformed(
        "five-segments", "The form of a JWE", f"{head}.{payload}.{signature}.{payload}.{signature}"
    )
    malformed("empty-header", "The header segment is empty", f".{payload}.{signature}")
    malformed("empty-payload", "The payload segment is empty, its signature right", sign(head, ""))
    malformed("empty-signature", "The signature segment is empty", f"{head}.{payload}.")
    malformed(
        "none-empty-signature",
        "alg none in its usual form: no signature",
        f"{b64(octets(header(alg='none')))}.{payload}.",
    )
    malformed("only-dots", "Two dots", "..")
    malformed("one-dot-only", "One dot", ".")
    malformed("dots", "Twelve thousand dots", "." * 12000)
    malformed(
        "json-flattened",
        "Flattened JSON serialization",
        render({"payload": payload, "protected": head, "signature": signature}),
    )
    malformed(
        "json-general",
        "General JSON serialization",
        render({"payload": payload, "signatures": [{"protected": head, "signature": signature}]}),
    )
    malformed("comma-separated", "Commas instead of dots", f"{head},{payload},{signature}")
    malformed(
        "full-stop-variant", "U+FF0E instead of a dot", f"{head}\uff0e{payload}\uff0e{signature}"
    )
    return theme


def base64url_theme():
    theme = Theme(
        "base64url",
        "Canonical base64url without padding",
        [
            "RFC 7515 section 2",
            "RFC 4648 sections 3.2, 3.3, 3.5 and 5",
        ],
    )
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    # Segments whose length leaves 2 and 4 unused bits in the last character.
    head_1 = b64(octets(header()) + b" ")  # length 3 modulo 4
    head_2 = b64(octets(header()))  # length 2 modulo 4
    assert (len(head_1) % 4, len(head_2) % 4) == (3, 2), (len(head_1), len(head_2))
    by_length = {}
    for pad in range(3):
        part = b64(octets(claims(pad="x" * pad)))
        by_length[len(part) % 4] = part
    body_0, body_1, body_2 = by_length[0], by_length[3], by_length[2]

    def bump(text, by=1):
        """The same bytes with unused bits set in the last character."""
        return text[:-1] + alphabet[alphabet.index(text[-1]) + by]

    def malformed(slug, comment, made):
        theme.case(slug, "token_malformed", comment, made)

    theme.case("length-0", "ok", "The payload's length is 0 modulo 4", sign(head_1, body_0))
    theme.case("length-3", "ok", "The payload's length is 3 modulo 4", sign(head_1, body_1))
    theme.case("length-2", "ok", "The payload's length is 2 modulo 4", sign(head_2, body_2))
    malformed(
        "header-two-bits",
        "Two unused bits of the header are 01; signed as sent",
        sign(bump(head_1), body_0),
    )
    malformed(
        "header-four-bits",
        "Four unused bits of the header are 0001; signed as sent",
        sign(bump(head_2), body_0),
    )
    malformed(
        "payload-two-bits",
        "Two unused bits of the payload are 11; signed as sent",
        sign(head_1, bump(body_1, 3)),
    )
    malformed(
        "payload-four-bits",
        "Four unused bits of the payload are 1000; signed as sent",
        sign(head_1, bump(body_2, 8)),
    )
    good = sign(head_1, body_0)
    for bits in (1, 2, 3):
        malformed(
            f"signature-bits-{bits}",
            f"The two unused bits of the signature are {bits:02b}",
            bump(good, bits),
        )
    signature = good.rsplit(".", 1)[1]
    unsigned = good.rsplit(".", 1)[0]
    malformed(
        "header-length-1",
        "A header of length 1 modulo 4 cannot be decoded; signed as sent",
        sign(head_1 + "AA", body_0),
    )
    malformed(
        "payload-length-1",
        "A payload of length 1 modulo 4; signed as sent",
        sign(head_1, body_0 + "A"),
    )
    malformed(
        "signature-length-1", "A signature of length 1 modulo 4", f"{unsigned}.{signature[:41]}"
    )
    malformed("header-one-character", "A header of one character", sign("e", body_0))
    malformed(
        "header-padding", "The header with its padding; signed as sent", sign(head_1 + "=", body_0)
    )
    malformed(
        "payload-padding",
        "The payload with its padding; signed as sent",
        sign(head_1, body_1 + "="),
    )
    malformed("signature-padding", "The signature with its padding", good + "=")
    malformed("padding-only", "A payload of padding", sign(head_1, "===="))
    malformed(
        "inner-padding",
        "Padding inside the payload; signed as sent",
        sign(head_1, body_0[:4] + "e30=" + body_0[4:]),
    )

    # 0x3e and 0x3f sextets: characters 62 and 63 of the two alphabets.
    wide = b64(octets(claims(note="~~~???>>>\u00ff\u00fe")))
    assert "-" in wide and "_" in wide, wide
    theme.case("alphabet", "ok", "A payload that uses - and _", sign(head_1, wide))
    malformed("plus", "+ instead of -; signed as sent", sign(head_1, wide.replace("-", "+")))
    malformed("slash", "/ instead of _; signed as sent", sign(head_1, wide.replace("_", "/")))
    malformed(
        "comma",
        "A character of no alphabet; signed as sent",
        sign(head_1, body_0[:20] + "," + body_0[21:]),
    )
    for slug, comment, text in (
        ("space", "A space", " "),
        ("newline", "A line break", "\n"),
        ("carriage-return", "A carriage return", "\r"),
        ("tab", "A tab", "\t"),
        ("nul", "A NUL", "\0"),
        ("delete", "U+007F", "\x7f"),
        ("percent", "A percent sign", "%"),
        ("at-sign", "The neighbour of A", "@"),
        ("bracket", "The neighbour of Z", "["),
        ("backtick", "The neighbour of a", "`"),
        ("brace", "The neighbour of z", "{"),
    ):
        malformed(
            f"payload-{slug}",
            f"{comment} in the payload; signed as sent",
            sign(head_1, body_0[:30] + text + body_0[31:]),
        )
    malformed(
        "newline-every-64",
        "A payload with line breaks as MIME has them; signed as sent",
        sign(head_1, body_0[:64] + "\n" + body_0[64:]),
    )

    # Characters whose low byte is a letter of the alphabet: a reader that drops high bytes would
    # see the good token.
    def disguise(text, at):
        return text[:at] + chr(0x100 + ord(text[at])) + text[at + 1 :]

    malformed(
        "header-high-byte",
        "A letter of the header replaced by U+01xx with the same low byte",
        disguise(good, 5),
    )
    malformed("payload-high-byte", "The same in the payload", disguise(good, len(head_1) + 9))
    malformed("signature-high-byte", "The same in the signature", disguise(good, len(good) - 3))
    malformed("dot-high-byte", "The first dot replaced by U+012E", disguise(good, len(head_1)))

    # Two letters replaced by the one character whose two UTF-8 bytes are theirs with the top bit
    # set: a reader that drops that bit would see the good token. Signed as sent.
    def raise_top_bits(text, at):
        pair = bytes(0x80 | ord(letter) for letter in text[at : at + 2]).decode()
        return text[:at] + pair + text[at + 2 :]

    def find_pair(text, first, last):
        return next(
            at
            for at in range(first, last)
            if text[at] in "BCDEFGHIJKLMNOPQRSTUVWXYZ_" and text[at + 1] in "0123456789-"
        )

    def ending_in_pair(length):
        """A payload of a length modulo 4 whose last two letters, those of `0}`, are such a pair."""
        part = next(
            part
            for pad in range(3)
            for part in [b64(octets(claims(jti="x" * pad, n=0)))]
            if len(part) % 4 == length
        )
        assert find_pair(part, len(part) - 2, len(part) - 1) == len(part) - 2
        return part

    at = find_pair(head_1, 0, len(head_1) - 4)
    malformed(
        "header-top-bits",
        "Two letters of the header became one character; signed as sent",
        sign(raise_top_bits(head_1, at), body_0),
    )
    at = find_pair(body_0, 0, len(body_0) - 4)
    malformed(
        "payload-top-bits",
        "Two letters of the payload became one character; signed as sent",
        sign(head_1, raise_top_bits(body_0, at)),
    )
    tail_3 = ending_in_pair(3)
    malformed(
        "payload-top-bits-tail",
        "The last two letters of the payload, its length 3 modulo 4",
        sign(head_1, raise_top_bits(tail_3, len(tail_3) - 2)),
    )
    tail_0 = ending_in_pair(0)
    malformed(
        "payload-top-bits-end",
        "The last two letters of the payload, its length 0 modulo 4",
        sign(head_1, raise_top_bits(tail_0, len(tail_0) - 2)),
    )
    start = good.rindex(".") + 1
    at = find_pair(good, start, len(good) - 4)
    malformed(
        "signature-top-bits",
        "Two letters of the signature became one character",
        raise_top_bits(good, at),
    )
    malformed(
        "full-width",
        "A letter replaced by its full-width form",
        good[:5] + chr(ord(good[5]) + 0xFEE0) + good[6:],
    )
    malformed("non-ascii", "An accented letter in the signature", good[:-1] + "\u00e9")
    malformed("emoji", "A character outside the basic plane", good[:-2] + "\U0001f512")
    malformed(
        "signature-checked-first",
        "Every segment is checked before the header is read",
        f"{b64(b'not json')}.{body_0}.{signature}=",
    )
    return theme


def limits_theme():
    theme = Theme("limits", "Sizes", ["RFC 7515 section 7.1", "core/src/limits.hpp"])
    largest = token_of_size(16384)
    theme.case("token-16384", "ok", "A token of exactly 16,384 bytes", largest)
    theme.case(
        "token-16384-spaces",
        "ok",
        "The spaces before a token are not part of its size",
        value="Bearer" + " " * 40 + largest,
    )
    theme.case(
        "authorization-16448",
        "ok",
        "The longest Authorization value: 64 bytes and a token",
        value="Bearer" + " " * 58 + largest,
    )
    theme.case(
        "authorization-16449",
        "token_too_large",
        "One space more is too long a value",
        value="Bearer" + " " * 59 + largest,
    )
    theme.case(
        "authorization-16449-short-token",
        "token_too_large",
        "The value's own limit holds however short the token is",
        value="Bearer" + " " * (16449 - 6 - len(GOOD)) + GOOD,
    )
    theme.case(
        "authorization-16448-basic",
        "credential_missing",
        "Another scheme at the limit",
        value="Basic " + "x" * (16448 - 6),
    )
    theme.case(
        "authorization-16449-basic",
        "token_too_large",
        "Above the limit the scheme is not looked at",
        value="Basic " + "x" * (16449 - 6),
    )
    theme.case(
        "token-16385", "token_too_large", "A valid token of 16,385 bytes", token_of_size(16385)
    )
    theme.case(
        "token-16386", "token_too_large", "A valid token of 16,386 bytes", token_of_size(16386)
    )
    theme.case(
        "token-20000", "token_too_large", "A valid token of 20,000 bytes", token_of_size(20000)
    )
    theme.case("garbage-16384", "token_malformed", "16,384 bytes without a dot", "A" * 16384)
    theme.case(
        "garbage-16385",
        "token_too_large",
        "16,385 bytes without a dot: size comes first",
        "A" * 16385,
    )
    theme.case("dots-16385", "token_too_large", "16,385 dots: size comes first", "." * 16385)
    theme.case(
        "bytes-not-characters-16386",
        "token_too_large",
        "8,193 characters of two bytes each: size is counted in UTF-8 bytes",
        "\u00e9" * 8193,
    )
    theme.case(
        "bytes-not-characters-16384",
        "token_malformed",
        "8,192 characters of two bytes each are exactly at the limit",
        "\u00e9" * 8192,
    )
    theme.case(
        "bytes-not-units-16388",
        "token_too_large",
        "4,097 characters of four bytes each (8,194 UTF-16 units)",
        "\U0001f512" * 4097,
    )

    # A header padded with a parameter that nobody reads.
    bare = len(octets(header(x="")))
    for size, reason in ((8191, "ok"), (8192, "ok"), (8193, "header_invalid")):
        made = octets(header(x="x" * (size - bare)))
        assert len(made) == size
        theme.case(
            f"header-{size}", reason, f"A header of {size:,} decoded bytes", token(jose_header=made)
        )
    theme.case(
        "header-8193-space",
        "header_invalid",
        "8,193 bytes, most of them white space",
        token(jose_header=octets(header()) + b" " * (8193 - len(octets(header())))),
    )

    # Depth: the outermost object is depth 1; arrays and objects both count.
    def nested(levels, kind="array"):
        if kind == "array":
            return b"[" * levels + b"]" * levels
        return b'{"n":' * levels + b"1" + b"}" * levels

    def header_with(value):
        return octets(header())[:-1] + b',"x":' + value + b"}"

    def claims_with(value):
        return octets(claims())[:-1] + b',"x":' + value + b"}"

    theme.case(
        "header-depth-8",
        "ok",
        "Seven arrays inside the header object: depth 8",
        token(jose_header=header_with(nested(7))),
    )
    theme.case(
        "header-depth-9",
        "header_invalid",
        "Eight arrays inside the header object: depth 9",
        token(jose_header=header_with(nested(8))),
    )
    theme.case(
        "header-depth-8-objects",
        "ok",
        "Seven objects inside the header object",
        token(jose_header=header_with(nested(7, "object"))),
    )
    theme.case(
        "header-depth-9-objects",
        "header_invalid",
        "Eight objects inside the header object",
        token(jose_header=header_with(nested(8, "object"))),
    )
    theme.case(
        "claims-depth-32",
        "ok",
        "31 arrays inside the claims set: depth 32",
        token(claims_with(nested(31))),
    )
    theme.case(
        "claims-depth-33",
        "claims_invalid",
        "32 arrays inside the claims set: depth 33",
        token(claims_with(nested(32))),
    )
    theme.case(
        "claims-depth-32-objects",
        "ok",
        "31 objects inside the claims set",
        token(claims_with(nested(31, "object"))),
    )
    theme.case(
        "claims-depth-33-objects",
        "claims_invalid",
        "32 objects inside the claims set",
        token(claims_with(nested(32, "object"))),
    )
    theme.case(
        "claims-depth-return",
        "ok",
        "Depth counts what is open: two times 31 levels in turn",
        token(claims_with(b"[" + nested(30) + b"," + nested(30) + b"]")),
    )
    theme.case(
        "header-depth-4000",
        "header_invalid",
        "A header of 4,000 open arrays, nothing signed",
        f"{b64(b'[' * 4000)}.e30.{'A' * 43}",
    )
    theme.case(
        "claims-depth-12000",
        "claims_invalid",
        "A signed payload of 12,000 open arrays",
        token(b"[" * 12000),
    )

    # Member names of all open objects, counted together.
    def names(count, first="m"):
        return b",".join(b'"%s%d":0' % (first.encode(), n) for n in range(count))

    def header_names(count):
        return octets(header())[:-1] + b"," + names(count) + b"}"  # three are there already

    def claims_names(count):
        return octets(claims())[:-1] + b"," + names(count) + b"}"  # five are there already

    theme.case(
        "header-members-64",
        "ok",
        "64 member names in the header",
        token(jose_header=header_names(61)),
    )
    theme.case(
        "header-members-65",
        "header_invalid",
        "65 member names in the header",
        token(jose_header=header_names(62)),
    )
    theme.case(
        "header-members-64-nested",
        "ok",
        "64 names in an outer and an open inner object",
        token(jose_header=header_with(b"{" + names(60) + b"}")),
    )
    theme.case(
        "header-members-65-nested",
        "header_invalid",
        "65 names in an outer and an open inner object",
        token(jose_header=header_with(b"{" + names(61) + b"}")),
    )
    theme.case(
        "header-members-closed",
        "ok",
        "Names of a closed object no longer count",
        token(jose_header=header_with(b"[{" + names(60) + b"},{" + names(60) + b"}]")),
    )
    theme.case(
        "claims-members-512", "ok", "512 member names in the claims set", token(claims_names(507))
    )
    theme.case(
        "claims-members-513",
        "claims_invalid",
        "513 member names in the claims set",
        token(claims_names(508)),
    )
    theme.case(
        "claims-members-512-nested",
        "ok",
        "512 names in an outer and an open inner object",
        token(claims_with(b"{" + names(506) + b"}")),
    )
    theme.case(
        "claims-members-513-nested",
        "claims_invalid",
        "513 names in an outer and an open inner object",
        token(claims_with(b"{" + names(507) + b"}")),
    )
    theme.case(
        "claims-members-closed",
        "ok",
        "Names of a closed object no longer count",
        token(claims_with(b"[{" + names(506) + b"},{" + names(506) + b"}]")),
    )
    return theme


THEMES = (event_theme, credential_theme, compact_theme, base64url_theme, limits_theme)
