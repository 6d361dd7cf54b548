"""./dev pack: a zip that can be deployed as it is, with the policy and its keys baked in."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .console import Failure, Step, complain, heading, paint, say, table
from .lock import exclusive
from .pack_bundle import Handler, files_of, load, stage, zip_of
from .pack_checks import Bundle, Check, check, size
from .pack_door import Door
from .pack_needs import needs_of
from .pack_policy import Baked, bake, read_file
from .pack_variants import PACKABLE, Variant, require_built


def pack(arguments: argparse.Namespace) -> int:
    variant, target = PACKABLE[arguments.variant], arguments.target
    handler = Handler(arguments.handler)
    if target == "workers" and not variant.runs_in_workers:
        forms = " or ".join(name for name, each in PACKABLE.items() if each.runs_in_workers)
        raise Failure(f"--target workers: only --variant {forms} runs there", 2)
    _check_options(variant, arguments)
    for path in (arguments.output, arguments.report):
        if path and not path.absolute().parent.is_dir():
            raise Failure(f"{path}: no such folder")
    policy = read_file(arguments.policy) if variant.judges else None
    if handler.file:
        read_file(handler.file)
    require_built(variant)

    heading("pack")
    with exclusive(), tempfile.TemporaryDirectory(prefix="portcullis-pack-") as temporary:
        folder = Path(temporary)
        baked = None
        if policy is not None:
            with Step("policy: keys put in, judged by the core, reduced"):
                baked = bake(policy, arguments.jwks, Door(variant))
                variant = variant.for_policy(baked.at_edge)
        with Step(f"bundle: {variant.name} for {target}"):
            stage(variant, target, handler, baked.text if baked else None, folder)
            content = zip_of(folder)
        with Step("start: the function in a process of its own, without environment variables"):
            loaded = load(variant, target, handler, folder)
        with Step("checks: quotas and rules of the target") as step:
            keys = baked.keys if baked else ()
            bundle = Bundle(variant, target, folder, len(content), keys, loaded)
            checks, needs = check(bundle), needs_of(bundle)
            failed = [each for each in checks if each.ok is False]
            if failed:
                step.outcome(f"FAILED: {len(failed)}")
        files = {
            file.relative_to(folder).as_posix(): file.stat().st_size for file in files_of(folder)
        }
    digest = hashlib.sha256(content).hexdigest()
    written = not failed or arguments.write_anyway
    if written:
        _write(arguments.output, content)
    _tell(baked, checks, files, needs)
    if baked:
        _warn(baked)
    if arguments.report:
        facts = {
            "variant": variant.name,
            "target": target,
            "deployable": not failed,
            "zip": {"sha256": digest, "bytes": len(content), "written": written},
            "needs": needs,
            "files": files,
        }
        _write(arguments.report, _json(facts, baked, checks))
    say()
    if written:
        say(f"{arguments.output}: {size(len(content))}, SHA-256 {digest}")
    if failed:
        raise Failure("\n  ".join(["this can't be deployed:", *map(_reason, failed)]))
    return 0


def _check_options(variant: Variant, arguments: argparse.Namespace) -> None:
    if variant.judges and not arguments.policy:
        raise Failure(f"--policy: --variant {variant.name} needs one", 2)
    for name in ("policy", "jwks"):
        if not variant.judges and getattr(arguments, name):
            raise Failure(f"--{name}: --variant {variant.name} judges nothing and takes none", 2)
    if variant.entry and arguments.handler:
        raise Failure(f"--handler: --variant {variant.name} is a whole function by itself", 2)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, never half a file under the name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Failure(f"{path}: {error.strerror or error}") from None


def _reason(failed: Check) -> str:
    return f"{failed.name}: {failed.found}; allowed: {failed.allowed}"


def _tell(
    baked: Baked | None,
    checks: Sequence[Check],
    files: Mapping[str, int],
    needs: Mapping[str, str],
) -> None:
    say()
    say(table([("file", "bytes"), *((name, str(count)) for name, count in files.items())], (1,)))
    say()
    if baked:
        rows = [("issuer", "kid", "type", "bits")]
        rows += [(key.issuer, key.kid or "(none)", key.type, str(key.bits)) for key in baked.keys]
        say(table(rows, numbers=(3,)))
        for issuer, kid, kind in baked.dropped:
            say(f"left out, of no use to the policy: {kid or '(no kid)'}, {kind}, of {issuer}")
        say()
    lines = table(
        [
            ("check", "found", "allowed", ""),
            *((each.name, each.found, each.allowed, each.verdict) for each in checks),
        ]
    ).splitlines()
    say(paint(lines[0], "bold"))
    for line, each in zip(lines[1:], checks):
        say(paint(line, "red") if each.ok is False else line)
    say()
    head, *told = table([("needs of its host", ""), *needs.items()]).splitlines()
    say(paint(head.rstrip(), "bold"))
    say("\n".join(told))


def _warn(baked: Baked) -> None:
    secrets = [key for key in baked.keys if key.is_secret]
    if secrets:
        kids = ", ".join(key.kid or "(no kid)" for key in secrets)
        complain(
            paint(
                f"warning: the zip holds an HMAC secret ({kids}): whoever can read the function's "
                "code can sign tokens; with a public key nobody could",
                "yellow",
            )
        )
    if "page" in json.loads(baked.text).get("challenge", {}):
        complain(
            paint(
                "warning: the zip holds the secret of challenge.page.key: whoever can read the "
                "function's code can answer challenges without the page",
                "yellow",
            )
        )


def _policy_json(baked: Baked) -> dict[str, Any]:
    return {
        "policy": {"sha256": hashlib.sha256(baked.text).hexdigest(), "bytes": len(baked.text)},
        "keys": [
            {"issuer": key.issuer, "kid": key.kid, "type": key.type, "bits": key.bits}
            for key in baked.keys
        ],
        "left_out": [
            {"issuer": issuer, "kid": kid, "type": kind} for issuer, kid, kind in baked.dropped
        ],
    }


def _json(facts: Mapping[str, Any], baked: Baked | None, checks: Sequence[Check]) -> bytes:
    document = {
        **facts,
        **(_policy_json(baked) if baked else {}),
        "checks": [
            {
                "name": each.name,
                "found": each.found,
                "allowed": each.allowed,
                "verdict": each.verdict.lower(),
            }
            for each in checks
        ],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
