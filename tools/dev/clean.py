"""./dev clean: removes what was built; --all also what was installed into the tree."""

from __future__ import annotations

import shutil

from .console import say
from .paths import BUILD, DIST, NODE_MODULES, ROOT, VENV, relative

_BUILT = (
    BUILD,
    DIST,
    *(ROOT / "bindings-node").glob("*.node"),
    *(ROOT / "wasm").glob("*.wasm"),
    *(ROOT / "wasm").glob("*.wasm.js"),
    ROOT / "wasm" / "texts.js",
    ROOT / "wasm" / "edge_texts.js",
)
_INSTALLED = (VENV, NODE_MODULES)


def clean(everything: bool) -> int:
    for path in (*_BUILT, *(_INSTALLED if everything else ())):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        else:
            continue
        say(f"   removed {relative(path)}")
    return 0
