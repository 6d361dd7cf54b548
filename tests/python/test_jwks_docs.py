"""The Python of docs/keys.md, run with a fetch that answers for the issuer."""

import re
from pathlib import Path

import portcullis.jwks
import pytest
import tokens
from jwks_support import Key, event_of, make_set, make_token
from portcullis.jwks import Answer

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S))


def test_the_page_has_examples():
    assert list(BLOCKS) == ["baked.py", "refreshed.py"]


@pytest.mark.parametrize("name", BLOCKS)
def test_example(name, tmp_path, monkeypatch):
    key, other = Key("RS256", "first"), Key("RS256", "other")
    asked = []

    def fetch(url, *, timeout, max_bytes):
        asked.append(url)
        return Answer(make_set(key))

    monkeypatch.setattr(portcullis.jwks, "_fetch", fetch)
    monkeypatch.chdir(tmp_path)
    Path("keys.json").write_bytes(make_set(key))
    members = {}
    exec(compile(BLOCKS[name], name, "exec"), members)
    handler = members["handler"]
    event = event_of(make_token(key))
    assert handler(event, None) is tokens.request_of(event)
    assert handler(event_of(make_token(other)), None)["status"] == "401"
    assert handler({}, None)["status"] == "500"
    assert asked == ([] if name == "baked.py" else ["https://issuer.example/keys"])


def test_the_page_tells_the_defaults_and_the_ranges():
    rows = re.findall(r"^\| `\w+` \| `(\w+)` \| ([\d.]+) \| ([\d.]+), (\d+) \|", PAGE, re.M)
    ranges = {name: (float(least), float(most)) for name, _, least, most in rows}
    assert ranges == portcullis.jwks._RANGES
    defaults = portcullis.jwks.RefreshingVerifier.__init__.__kwdefaults__
    assert {name: float(value) for name, value, _, _ in rows} == {
        name: defaults[name] for name in ranges
    }


def test_the_page_tells_every_code():
    told = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ", PAGE.split("| `code` | |")[1], re.M)
    codes = {code for row in told for code in re.findall(r"\w+", row)}
    assert codes == set(portcullis.jwks._CODES)
