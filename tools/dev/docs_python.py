"""The reference of the Python package: signatures and types by griffe, from the source and the stub; the
docstrings of the extension module from the module itself, as help() shows them."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import griffe

MODULES = (
    "portcullis",
    "portcullis.lambda_edge",
    "portcullis.jwks",
    "portcullis.wsgi",
    "portcullis.asgi",
    "portcullis.authorizer",
    "portcullis.typing",
    "portcullis.cloudfront",
)


def python_reference(folder: Path) -> tuple[str, list[str]]:
    """The page, and what is public and has no docstring."""
    # Allowed to look into nothing: the package is read, not run, but for its docstrings.
    package = griffe.load("portcullis", search_paths=[folder], allow_inspection=False)
    stub = griffe.load("portcullis._core", search_paths=[folder], allow_inspection=False)
    assert isinstance(package, griffe.Module) and isinstance(stub, griffe.Module)
    silent: list[str] = []
    page = ["# Python\n"]
    page += [f"- [`{name}`](#{_anchor(name)})" for name in MODULES] + [""]
    for name in MODULES:
        module = package if name == "portcullis" else package[name.partition(".")[2]]
        page += [f"## {name}\n", *_told(name, module, silent)]
        for member_name in module.exports or ():
            member = (stub if name == "portcullis" else module).members[str(member_name)]
            if not member.is_alias:  # told where it is defined
                page += _member(f"{name}.{member_name}", member, "###", silent)
    return "\n".join(page).rstrip() + "\n", silent


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading)


def _docstring(path: str, member: griffe.Object | griffe.Alias) -> str:
    if member.docstring:
        return member.docstring.value
    if not str(member.filepath).endswith(".pyi"):
        return ""
    found: object = importlib.import_module("portcullis")
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    # Any other attribute has its type's.
    return inspect.cleandoc(found.__doc__ or "") if not member.is_attribute or _is_property(member) else ""


def _is_property(member: griffe.Object | griffe.Alias) -> bool:
    return "property" in member.labels


def _told(path: str, member: griffe.Object | griffe.Alias, silent: list[str]) -> Iterator[str]:
    text = _docstring(path, member)
    if not text and (_is_property(member) or not member.is_attribute):
        silent.append(path)
    # No markup, but for code, which is indented.
    text = re.sub(r"^(?!    |  \* ).+$", lambda line: re.sub(r"[<*]", r"\\\g<0>", line[0]), text, flags=re.M)
    # What begins with names of parameters or members is a list, after an empty line.
    names = "|".join(_names(member)) or "(?!)"
    text = re.sub(rf"^((?:(?:{names}), )*(?:{names}))(?:: | {{2,}})", _item, text, flags=re.M)
    text = re.sub(r"^(?!- |    )(.+)\n- ", r"\1\n\n- ", text, flags=re.M)
    if text:
        yield text + "\n"


def _names(member: griffe.Object | griffe.Alias) -> list[str]:
    if isinstance(member, griffe.Class):
        init = member.members.get("__init__")
        return [*member.members, *(_names(init) if init else ())]
    return [each.name for each in member.parameters] if isinstance(member, griffe.Function) else []


def _is_told(member: griffe.Object | griffe.Alias) -> bool:
    """An attribute that only a method sets has neither a type nor a word; its class's docstring has."""
    return not isinstance(member, griffe.Attribute) or bool(member.annotation or member.docstring)


def _item(found: re.Match[str]) -> str:
    return "- " + ", ".join(f"`{name}`" for name in found[1].split(", ")) + ": "


def _code(text: str) -> str:
    return f"```python\n{text}\n```\n"


def _member(
    path: str, member: griffe.Object | griffe.Alias, level: str, silent: list[str]
) -> Iterator[str]:
    yield f"{level} {path.removeprefix('portcullis.')}\n"
    if isinstance(member, griffe.Function):
        yield _code(_signature(member))
        yield from _told(path, member, silent)
    elif isinstance(member, griffe.Class):
        plain = {str(base) for base in member.bases} & {"TypedDict", "Protocol", "NamedTuple"}
        data = plain or not member.functions  # its source says all
        yield _code(_without_docstring(member) if data else _header(member))
        yield from _told(path, member, silent)
        if not data:
            for name, each in member.members.items():
                if name == "__call__" or not name.startswith("_") and _is_told(each):
                    yield from _member(f"{path}.{name}", each, level + "#", silent)
    else:
        assert isinstance(member, griffe.Attribute)
        kind = f": {member.annotation}" if member.annotation else ""
        value = f" = {member.value}" if member.value and not _is_property(member) else ""
        yield _code(f"{member.name}{kind}{value}")
        yield from _told(path, member, silent)


def _parameters(function: griffe.Function) -> list[str]:
    found = []
    star = False
    listed = [each for each in function.parameters if each.name != "self"]
    for each in listed:
        if each.kind is griffe.ParameterKind.keyword_only and not star:
            found.append("*")
            star = True
        text = {"variadic positional": "*", "variadic keyword": "**"}.get(str(each.kind and each.kind.value), "")
        text += each.name + (f": {each.annotation}" if each.annotation else "")
        if each.default is not None and "variadic" not in str(each.kind and each.kind.value):
            text += f" = {each.default}" if each.annotation else f"={each.default}"
        found.append(text)
    return found


def _signature(function: griffe.Function) -> str:
    parameters = _parameters(function)
    text = f"{function.name}({', '.join(parameters)})"
    if len(text) > 80:
        text = "\n".join((f"{function.name}(", *(f"    {each}," for each in parameters), ")"))
    return text + (f" -> {function.returns}" if function.returns else "")


def _header(member: griffe.Class) -> str:
    bases = ", ".join(str(base) for base in member.bases)
    init = member.members.get("__init__")
    if isinstance(init, griffe.Function):
        return _signature(init).replace("__init__", member.name, 1).removesuffix(" -> None")
    return f"class {member.name}({bases})" if bases else f"class {member.name}"


def _without_docstring(member: griffe.Class) -> str:
    text = inspect.cleandoc("\n" + member.source)
    return re.sub(r'\n+    """.*?"""\n*', "\n", text, count=1, flags=re.S).rstrip()
