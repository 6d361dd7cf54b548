"""The runtime clients: the program between the Runtime API and a handler.

`ric` is the real one: aws-lambda-ric 4 (Node 22 and later), aws-lambda-ric 3 (Node 20), awslambdaric (Python).
`thin` is our own, the same protocol and nothing else; it stands in where the real one cannot be built, and every full
run measures how far apart the two are.

Not modelled: the heap and header limits that Lambda passes to Node on its command line.

Both are told to load our shim, which loads the contender's handler from its own folder and exports that very function.
`_HANDLER` overrides the command-line argument of some clients, so it is always set to the shim.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import py_compile
import re
from pathlib import Path

from .tools import PYTHON_LINE, ROOT, Tools

RUNTIMES = ROOT / "study" / "runtimes"
_RUNNERS = Path(__file__).resolve().parent / "runners" / "lambda"
_CACHE = ROOT / "build" / "study-cache"
CLIENTS = ("ric", "thin")
# What awslambdaric needs and nothing else of site-packages.
_PYTHON_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
_NO_PYTHON_CLIENT = "awslambdaric is not installed: ./dev setup"


class ClientError(RuntimeError):
    """A client that is not there; the message says how to get it."""


def family(runtime: str) -> str:
    """`node24` -> `node`, `python3.11` -> `python`, `workerd` -> `workerd`."""
    return re.sub(r"[\d.]+$", "", runtime)


def line(runtime: str) -> str:
    """`node24` -> `24`."""
    return runtime.removeprefix(family(runtime))


def ric_parts(package: str, runtimes: Path = RUNTIMES) -> tuple[Path, Path]:
    """The file to start, and the native part that a build leaves."""
    folder = runtimes / "node_modules" / package
    folder = folder / "dist" if package == "ric3" else folder
    return folder / "index.mjs", folder / "rapid-client.node"


def _node_package(runtime: str) -> str:
    return "aws-lambda-ric" if int(line(runtime)) >= 22 else "ric3"


def _python_client() -> dict[str, Path]:
    """Where the interpreter that runs us would import each of the client's modules from; empty when one is absent."""
    found: dict[str, Path] = {}
    for name in _PYTHON_CLIENT:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            return {}
        origin = Path(spec.origin)
        found[name] = origin.parent if origin.name == "__init__.py" else origin
    return found


def _python_client_folder() -> Path:
    """A folder of symbolic links to the client's modules, so that `python -S` finds these and no others."""
    modules = _python_client()
    if not modules:
        raise ClientError(_NO_PYTHON_CLIENT)
    folder = _CACHE / f"awslambdaric-{importlib.metadata.version('awslambdaric')}"
    folder.mkdir(parents=True, exist_ok=True)
    for source in modules.values():
        link = folder / source.name
        if not link.is_symlink() or os.readlink(link) != str(source):
            link.unlink(missing_ok=True)
            link.symlink_to(source)
            if link.suffix == ".py":
                py_compile.compile(str(link))  # the process itself may write none
    return folder


def available(runtime: str) -> list[str]:
    """The clients that can be had here for a runtime; none for workerd, which is not Lambda."""
    kind = family(runtime)
    if kind == "node":
        return list(CLIENTS) if all(part.exists() for part in ric_parts(_node_package(runtime))) else ["thin"]
    if kind == "python":
        # The client's compiled parts are for the interpreter that runs us.
        return list(CLIENTS) if line(runtime) == PYTHON_LINE and _python_client() else ["thin"]
    return []


def versions() -> dict[str, str | None]:
    """The clients' own versions, for the manifest."""
    found: dict[str, str | None] = {}
    for package in ("aws-lambda-ric", "ric3"):
        try:
            text = (RUNTIMES / "node_modules" / package / "package.json").read_text(encoding="utf-8")
            matched = re.search(r'"version":\s*"([^"]+)"', text)
        except OSError:
            matched = None
        found["aws-lambda-ric for Node 20" if package == "ric3" else package] = matched[1] if matched else None
    try:
        found["awslambdaric"] = importlib.metadata.version("awslambdaric")
    except importlib.metadata.PackageNotFoundError:
        found["awslambdaric"] = None
    return found


def _environment(runtime: str, folder: Path, entry: str) -> dict[str, str]:
    kind = family(runtime)
    execution = f"AWS_Lambda_nodejs{line(runtime)}.x" if kind == "node" else f"AWS_Lambda_{runtime}"
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "en_US.UTF-8" if kind == "node" else "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONHASHSEED": "0",
        "AWS_EXECUTION_ENV": execution,
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "study",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/study",
        "AWS_LAMBDA_LOG_STREAM_NAME": "study",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(_RUNNERS),
        "_HANDLER": "shim.handler",
        "STUDY_FOLDER": str(folder),
        "STUDY_ENTRY": entry,
    }


def command(runtime: str, client: str, tools: Tools, folder: Path, entry: str) -> tuple[list[str], dict[str, str]]:
    """The command and environment of one sandbox. The caller adds AWS_LAMBDA_RUNTIME_API and STUDY_MARKS."""
    if client not in CLIENTS:
        raise ClientError(f"no client named {client!r}: {', '.join(CLIENTS)}")
    kind = family(runtime)
    environment = _environment(runtime, folder, entry)
    if kind == "python":
        # -S: no site-packages. -B: no byte-code is written beside the contender's files.
        start = [os.fspath(tools.interpreter(runtime)), "-S", "-s", "-B"]
        if client == "thin":
            return [*start, str(_RUNNERS / "thin.py")], environment
        if "ric" not in available(runtime):
            other = f"awslambdaric is installed for Python {PYTHON_LINE} only"
            raise ClientError(other if _python_client() else _NO_PYTHON_CLIENT)
        return [*start, str(_RUNNERS / "ric.py"), str(_python_client_folder())], environment
    if kind != "node":
        raise ClientError(f"{runtime} has no runtime client")
    node = os.fspath(tools.interpreter(runtime))
    if client == "thin":
        return [node, str(_RUNNERS / "thin.cjs")], environment
    package = _node_package(runtime)
    begin, native = ric_parts(package)
    if not native.exists():
        raise ClientError(f"{package} is not built: ./dev study prepare")
    if package == "ric3":
        return [node, str(_RUNNERS / "ric3.mjs"), str(begin)], environment
    return [node, str(begin), "shim.handler"], environment
