"""The reasons that Python sees are those of the core's table, in its order."""

import re
from pathlib import Path

import portcullis
import pytest

TABLE = Path(__file__).resolve().parents[2] / "core/include/portcullis/reasons.def"
ROW = re.compile(r'^PORTCULLIS_REASON\((\w+), (\d+), "(\w*)",\s+"([^"]+)"\)$', re.MULTILINE)


def rows():
    text = TABLE.read_text()
    found = ROW.findall(text)
    assert len(found) == len(re.findall(r"^PORTCULLIS_REASON\(", text, re.MULTILINE))
    return found


def test_names_and_sentences():
    assert list(portcullis.REASONS.items()) == [(name, sentence) for name, _, _, sentence in rows()]
    assert list(portcullis.REASONS)[0] == "ok"


def test_table_is_read_only():
    with pytest.raises(TypeError):
        portcullis.REASONS["ok"] = "changed"
    with pytest.raises((TypeError, AttributeError)):
        portcullis.REASONS.clear()
