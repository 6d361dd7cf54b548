"""The reference of the public headers, from doxygen's XML: a page by header, its members in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_LITERAL = {"preformatted", "programlisting", "verbatim"}


def cpp_reference(folder: Path) -> str:
    compounds = [_read(folder / f"{each.get('refid')}.xml") for each in _read_index(folder)]
    by_name = {_text(each.find("compoundname")): each for each in compounds}
    files = [each for each in compounds if each.get("kind") == "file"]
    # What most programs include comes first.
    first = ("verifier.hpp", "decision.hpp", "reason.hpp")
    files.sort(key=lambda each: (first + (_text(each.find("compoundname")),)).index(_text(each.find("compoundname"))))
    names = [_text(each.find("compoundname")) for each in files]
    page = ["# C++ and C\n", "In CMake `find_package(portcullis CONFIG REQUIRED)` and the target `portcullis::portcullis`; in"]
    page += ["pkg-config `portcullis`. Every header is included as `<portcullis/…>` and stands alone.\n"]
    page += [f"- [`{name}`](#{re.sub(r'[^a-z_]', '', name)})" for name in names] + [""]
    for name, header in zip(names, files, strict=True):
        page += [f"## {name}\n", *_prose(header)]
        declared = sorted(_declared(header, by_name, name), key=_line)
        for each in declared:
            page += _compound(each) if each.tag == "compounddef" else _member(each, "###")
    return "\n".join(page).rstrip() + "\n"


def _read_index(folder: Path) -> Iterator[Element]:
    for each in ElementTree.parse(folder / "index.xml").getroot():
        if each.get("kind") in ("file", "namespace", "class", "struct"):
            yield each


def _read(path: Path) -> Element:
    found = ElementTree.parse(path).getroot().find("compounddef")
    assert found is not None, path
    return found


def _declared(header: Element, by_name: dict[str, Element], name: str) -> Iterator[Element]:
    """Types, functions and macros of a header; those in the namespace are in its file, with their place."""
    for each in by_name.values():
        if each.get("kind") in ("class", "struct") and _place(each) == name:
            yield each
    seen = set()
    for member in (*header.iter("memberdef"), *by_name["portcullis"].iter("memberdef")):
        if _place(member) == name and member.get("id") not in seen:
            seen.add(member.get("id"))
            yield member


def _place(each: Element) -> str:
    location = each.find("location")
    return Path(location.get("file", "") if location is not None else "").name


def _line(each: Element) -> int:
    location = each.find("location")
    return int(location.get("line", "0")) if location is not None else 0


def _compound(each: Element) -> Iterator[str]:
    name = _text(each.find("compoundname")).removeprefix("portcullis::")
    yield f"### {name}\n"
    yield _code(f"{_template(each)}{each.get('kind')} {name}")
    yield from _prose(each)
    for member in sorted(each.iter("memberdef"), key=_line):
        if member.get("prot") == "public":
            yield from _member(member, "####")


def _member(each: Element, level: str) -> Iterator[str]:
    name, kind = _text(each.find("name")), each.get("kind")
    if kind == "typedef" and name.startswith("portcullis_"):
        yield f"{level} {name}\n"
        yield _code(_text(each.find("definition")) + ";")
        yield from _prose(each)
        return
    yield f"{level} {name}\n"
    yield _code(_declaration(each))
    yield from _prose(each)
    values = [value for value in each.iter("enumvalue") if _text(value.find("name")) != "PORTCULLIS_REASON"]
    for value in values:
        told = " ".join(_prose(value)).strip()
        number = _text(value.find("initializer"))
        yield f"- `{_text(value.find('name'))}{' ' + number if number else ''}`{': ' + told if told else ''}"
    if values:
        yield ""


def _declaration(each: Element) -> str:
    kind, name = each.get("kind"), _text(each.find("name"))
    if kind == "define":
        return f"#define {name} {_text(each.find('initializer'))}"
    if kind == "enum":
        base = _text(each.find("type"))
        return f"enum {'class ' if each.get('strong') == 'yes' else ''}{name}{' : ' + base if base else ''}"
    type_ = _text(each.find("type"))
    if kind == "typedef":
        return f"using {name} = {type_}"
    before = ("static " if each.get("static") == "yes" and "static" not in type_ else "") + _template(each)
    if kind == "variable":
        return f"{before}{type_} {name} {_text(each.find('initializer'))}".rstrip()
    parameters = [_parameter(parameter) for parameter in each.findall("param")]
    rest = _text(each.find("argsstring")).rpartition(")")[2].replace("=default", "").replace("=delete", "")
    text = f"{before}{type_} {name}({', '.join(parameters)}){rest}".strip()
    if len(text) > 90:
        inner = ",\n".join(f"    {parameter}" for parameter in parameters)
        text = f"{before}{type_} {name}(\n{inner}){rest}"
    return text


def _parameter(each: Element) -> str:
    default = _text(each.find("defval"))
    text = f"{_text(each.find('type'))} {_text(each.find('declname'))}".strip()
    return text + (f" = {default}" if default else "")


def _template(each: Element) -> str:
    found = each.find("templateparamlist")
    if found is None:
        return ""
    return f"template <{', '.join(map(_parameter, found))}>\n"


def _code(text: str) -> str:
    return f"```cpp\n{text.strip()}\n```\n"


def _text(each: Element | None) -> str:
    """As it is written, with the spaces of this project's style and not of doxygen's."""
    text = re.sub(r"\s+", " ", "".join(each.itertext())).strip() if each is not None else ""
    text = re.sub(r"< (.*?) >", r"<\1>", re.sub(r"< (.*) >", r"<\1>", text))
    return re.sub(r" ([&*]+) ?(?=\w|$)", r"\1 ", text).replace("( ", "(").strip()


def _prose(each: Element) -> Iterator[str]:
    for part in ("briefdescription", "detaileddescription"):
        found = each.find(part)
        for paragraph in found if found is not None else ():
            yield from _paragraph(paragraph)


def _paragraph(paragraph: Element) -> Iterator[str]:
    text = _escape(paragraph.text or "")
    for child in paragraph:
        if child.tag in _LITERAL:
            if text.strip():
                yield text.strip() + "\n"
            lines = [_source(line) for line in child] if child.tag == "programlisting" else [child.text or ""]
            yield _code("\n".join(lines))
            text = ""
        else:
            inner = "".join(child.itertext())
            marks = {"computeroutput": "`", "emphasis": "*", "bold": "**"}.get(child.tag, "")
            text += f"{marks}{inner}{marks}"
        text += _escape(child.tail or "")
    if text.strip():
        yield text.strip() + "\n"


def _source(line: Element) -> str:
    parts = []
    for each in line.iter():
        parts.append((" " if each.tag == "sp" else "") + (each.text or ""))
        if each is not line:
            parts.append(each.tail or "")
    return "".join(parts)


def _escape(text: str) -> str:
    return re.sub(r"[<*]", r"\\\g<0>", text)
