"""Random JSON, and random changes of texts, bytes and trees."""

import copy
import json

# What parsers have been seen to disagree on.
ODD_TEXTS = (
    *("0", "-0", "00", "01", "-", "+1", ".5", "1.", "1.0", "1e5", "1E+5", "1e-5", "1e400", "1e309"),
    *("1.8e308", "-1e999", "0e999", "0.0000", "123456789012345678901234567890", "9007199254740993"),
    *("true", "false", "null", "True", "nul", "NaN", "Infinity", "-Infinity", "undefined"),
    *('""', '"\\u0000"', '"\\ud800"', '"\\udc00"', '"\\ud83d\\ude00"', '"\\u00e9"', '"\\/"'),
    *('"\\x"', '"\\u12"', '"\\uD83D"', '"\\ud83d\\u0041"', "'a'", '"a', '"\t"', '"\x7f"'),
    *("[]", "{}", "[[]]", "[,]", "[1,]", "{,}", '{"a":1,}', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}'),
    *("//", "/**/", "#", ",", ":", " ", "\n", "\r\n", "\t", "\x0b", "\u00a0", "\u2028", "\0", "\\"),
    *('"\x01"', "\ufeff"),
)
ODD_BYTES = (
    *(b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"),
    *(b"\x80", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"\xc3\xa9", b"\0", b"\xf8\x88\x80\x80\x80"),
)
ODD_VALUES = (
    *(None, True, False, 0, 1, -1, 1.5, 2**31, 2**53, 2**63, 2**64, 10**30),
    *("", " ", "a", "0", "\0", "\u00e9", "\U0001f600", "x" * 1024, "x" * 1025),
    *([], {}, [None], [""], ["a", "a"], {"": ""}, {"a": {"b": {}}}, ["x"] * 257, ["verify"]),
    *("JWT", "HS256", "RS256", "sig", "enc", "verify", "RSA", "EC"),
)


def odd_value(random):
    """A copy, because what a tree takes in may be changed there."""
    return copy.deepcopy(random.choice(ODD_VALUES))


def random_text(random):
    """JSON text, mostly right."""
    return render(random, random_value(random, random.randrange(5)))


def random_value(random, depth):
    kind = random.randrange(8 if depth else 5)
    if kind < 4:
        return odd_value(random)
    if kind == 4:
        return random.getrandbits(random.randrange(1, 80)) - (1 << 20)
    if kind < 7:
        return {
            random_name(random): random_value(random, depth - 1) for _ in range(random.randrange(6))
        }
    return [random_value(random, depth - 1) for _ in range(random.randrange(6))]


def random_name(random):
    return random.choice(
        ("a", "b", "alg", "kid", "", "\u00e9", "__proto__", 'q"', "n\n", "A.b", "x" * 70)
    )


def render(random, value):
    """JSON text in one of its spellings."""
    separators = random.choice(((",", ":"), (", ", ": "), (" ,\n", "\t:\r\n ")))
    return json.dumps(value, ensure_ascii=random.random() < 0.5, separators=separators)


def escape_some(random, text):
    """Characters of strings as escapes: the same JSON."""
    out = []
    for character in text:
        if character.isalnum() and character.isascii() and random.random() < 0.02:
            # Right inside of strings only; elsewhere it breaks the text, which is as good.
            out.append(f"\\u{ord(character):04x}")
        else:
            out.append(character)
    return "".join(out)


def change_text(random, text):
    """One to three changes of a text."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(text) + 1)
        end = min(len(text), at + random.choice((1, 1, 1, 2, 8)))
        kind = random.randrange(7)
        if kind == 0:
            text = text[:at] + text[end:]
        elif kind == 1:
            text = text[:at] + random.choice(ODD_TEXTS) + text[at:]
        elif kind == 2:
            text = text[:at] + random.choice(ODD_TEXTS) + text[end:]
        elif kind == 3:
            text = text[:at] + text[at:end] * 2 + text[end:]
        elif kind == 4:
            text = text[:at] + random.choice('{}[]",:\\0 aA-_=.') + text[end:]
        elif kind == 5:
            text = escape_some(random, text)
        else:
            text = text[:at]
    return text


def change_bytes(random, data):
    """The same for bytes, which need not stay UTF-8."""
    kind = random.randrange(4)
    at = random.randrange(len(data) + 1)
    if kind == 0:
        return data[:at] + random.choice(ODD_BYTES) + data[at:]
    if kind == 1 and data:
        return flip_bit(random, data)
    return change_text(random, data.decode(errors="replace")).encode(errors="surrogatepass")


def flip_bit(random, data):
    made = bytearray(data)
    made[random.randrange(len(made))] ^= 1 << random.randrange(8)
    return bytes(made)


def containers(tree):
    """Every object and array of a tree."""
    found = [tree] if isinstance(tree, (dict, list)) else []
    for one in found:
        children = one.values() if isinstance(one, dict) else one
        found += [child for child in children if isinstance(child, (dict, list))]
    return found


def change_tree(random, tree):
    """One change of a JSON tree, in place: a member or element goes, comes, or is another."""
    places = [one for one in containers(tree) if one]
    if not places:
        return tree
    place = random.choice(places)
    key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
    kind = random.randrange(6)
    if kind == 0:
        del place[key]
    elif kind == 1 and isinstance(place, dict):
        place[random.choice((str(key) + "x", str(key).upper(), random_name(random)))] = place[key]
    elif kind == 2:
        place[key] = [place[key]]
    elif kind == 3:
        other = random.choice(places)
        values = list(other.values() if isinstance(other, dict) else other)
        place[key] = copy.deepcopy(random.choice(values))
    elif kind == 4 and isinstance(place[key], str) and place[key]:
        at = random.randrange(len(place[key]))
        place[key] = (
            place[key][:at] + random.choice(("", "=", "-", "A", "\u00e9")) + place[key][at + 1 :]
        )
    else:
        place[key] = odd_value(random)
    return tree
