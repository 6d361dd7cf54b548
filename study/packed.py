"""Makes a contender's bundle as `./dev pack` does, so that what is measured is what is deployed.

    packed.py VARIANT POLICY FOLDER    the files of the zip of that variant, for the target lambda-edge, in FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from dev.console import Failure  # noqa: E402
from dev.pack_bundle import Handler, stage  # noqa: E402
from dev.pack_door import Door  # noqa: E402
from dev.pack_policy import bake, read_file  # noqa: E402
from dev.pack_variants import PACKABLE, require_built  # noqa: E402


def main(name: str, policy: str, folder: str) -> int:
    variant = PACKABLE[name]
    try:
        require_built(variant)
        baked = bake(read_file(Path(policy)), [], Door(variant))
        stage(variant.for_policy(baked.at_edge), "lambda-edge", Handler(), baked.text, Path(folder))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
