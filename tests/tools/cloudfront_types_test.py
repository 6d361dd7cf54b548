"""The types of CloudFront's events in both languages have the fields of the core's table, and no others."""

from __future__ import annotations

import importlib.util
import re
import typing
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "core/src/edge/cloudfront_fields.def"
TYPESCRIPT = ROOT / "bindings-node/cloudfront.d.ts"


def fields() -> set[str]:
    found = set(re.findall(r'^PORTCULLIS_CLOUDFRONT_FIELD\("([\w.]+)"', TABLE.read_text(), re.M))
    assert len(found) > 30
    return found


def python_types() -> ModuleType:
    file = ROOT / "bindings-python/portcullis/cloudfront.py"
    spec = importlib.util.spec_from_file_location("cloudfront_types", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def below(kind: Any, path: str, module: ModuleType) -> set[str]:
    """The paths of a TypedDict's members, those of members of members included."""
    found: set[str] = set()
    hints = typing.get_type_hints(kind, vars(module))
    for name, hint in hints.items():
        here = f"{path}.{name}" if path else name
        found.add(here)
        if typing.is_typeddict(hint):
            found |= below(hint, here, module)
    return found


def test_python() -> None:
    module = python_types()
    found: set[str] = set()
    for event in typing.get_args(module.CloudFrontEvent):
        record = typing.get_args(typing.get_type_hints(event, vars(module))["Records"])[0]
        found |= below(typing.get_type_hints(record, vars(module))["cf"], "", module)
    found |= below(module.ReplacedResponse, "response", module)
    assert found == fields()
    assert isinstance(module.CloudFrontEvent, UnionType)


MEMBERS = {
    "Config": "config",
    "Body": "request.body",
    "CustomOrigin": "request.origin.custom",
    "S3Origin": "request.origin.s3",
    "Request": "request",
    "OriginRequest": "request",
    "Response": "response",
    "ReplacedResponse": "response",
}


@pytest.mark.parametrize("name", MEMBERS)
def test_typescript(name: str) -> None:
    text = re.sub(r"/\*\*.*?\*/", "", TYPESCRIPT.read_text(), flags=re.S)
    (body,) = re.findall(rf"export interface {name}\b[^{{]*\{{(.*?)\n\}}", text, re.S)
    members = set(re.findall(r"^  (?:readonly )?(\w+)\??:", body, re.M))
    assert members
    path = MEMBERS[name]
    assert {f"{path}.{member}" for member in members} <= fields()


def test_typescript_has_every_field() -> None:
    text = re.sub(r"/\*\*.*?\*/", "", TYPESCRIPT.read_text(), flags=re.S)
    members = {"request", "response", "config", "request.origin.custom", "request.origin.s3"}
    for name, path in MEMBERS.items():
        (body,) = re.findall(rf"export interface {name}\b[^{{]*\{{(.*?)\n\}}", text, re.S)
        members |= {f"{path}.{each}" for each in re.findall(r"^  (?:readonly )?(\w+)\??:", body, re.M)}
    assert members == fields()
