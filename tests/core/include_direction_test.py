"""Includes go one way: encoding, crypto <- jose <- jwt <- edge <- the facade."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "core" / "src"
PUBLIC = ROOT / "core" / "include"

# Which folders a folder may include from. "" is the facade: the files of core/src itself.
ALLOWED = {
    "encoding": {"encoding"},
    "crypto": {"crypto"},
    "jose": {"jose", "crypto", "encoding"},
    "jwt": {"jwt", "jose", "crypto", "encoding"},
    "edge": {"edge", "jwt", "jose", "crypto", "encoding"},
    "": {"", "edge", "jwt", "jose", "crypto", "encoding"},
}
# Files of core/src that belong to no layer.
COMMON = {"limits.hpp", "owned.hpp", "policy_text.hpp", "policy_texts.def"}
# The backend that is made of OpenSSL's own objects includes its private headers.
OPENSSL_PARTS = SOURCES / "crypto" / "openssl_parts"


def includes_of(text: str) -> list[str]:
    return re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.M)


def layer_of(path: Path) -> str:
    parts = path.relative_to(SOURCES).parts
    return parts[0] if len(parts) > 1 else ""


def judge(layer: str, include: str) -> str | None:
    """What is wrong with an include, if anything."""
    if include.startswith("portcullis/"):
        return None  # the public headers are below everything
    if include in COMMON:
        return None
    target = include.split("/")[0] if "/" in include else ""
    if target not in ALLOWED:
        return f"{include} is in no known folder"
    if target not in ALLOWED[layer]:
        return f"{layer or 'the facade'} includes {include}"
    return None


def files() -> list[Path]:
    return sorted(p for p in SOURCES.rglob("*") if p.suffix in (".hpp", ".cpp", ".h"))


def test_there_is_something_to_check() -> None:
    assert {layer_of(path) for path in files()} == set(ALLOWED)
    assert sum(len(includes_of(path.read_text())) for path in files()) > 40


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCES)))
def test_includes_go_down(path: Path) -> None:
    includes = includes_of(path.read_text())
    if path.is_relative_to(OPENSSL_PARTS):
        includes = [include for include in includes if (SOURCES / include).is_file()]
    wrong = [judge(layer_of(path), include) for include in includes]
    assert [text for text in wrong if text] == []
    for include in includes:
        assert (SOURCES / include).is_file() or (PUBLIC / include).is_file() or (
            include == "portcullis/version.hpp"
        ), f"{include} does not exist"


def test_public_headers_include_only_public_headers() -> None:
    headers = sorted(PUBLIC.rglob("*.h*"))
    assert headers
    for header in headers:
        for include in includes_of(header.read_text()):
            assert include.startswith("portcullis/"), f"{header.name} includes {include}"


def test_only_the_backend_knows_openssl() -> None:
    users = {layer_of(p) for p in files() if re.search(r"#\s*include\s*<openssl/", p.read_text())}
    assert users == {"crypto"}


def test_only_one_file_knows_nlohmann() -> None:
    users = [p.name for p in files() if "nlohmann/" in p.read_text()]
    assert users == ["json_document_nlohmann.cpp"]


@pytest.mark.parametrize(
    ("layer", "include"),
    [
        ("crypto", "encoding/json_scanner.hpp"),
        ("encoding", "jose/jwk.hpp"),
        ("jose", "jwt/claims.hpp"),
        ("jwt", "edge/credential.hpp"),
        ("edge", "verifier_parts.hpp"),
        ("jose", "elsewhere/thing.hpp"),
    ],
)
def test_a_backward_include_is_seen(layer: str, include: str) -> None:
    assert judge(layer, include)
