"""copy_packages.py OUT ALGORITHM NAME...: copies installed Python packages into an artefact.

NAME is a package, or a module that is one compiled file. `public:NAME` is copied for public-key algorithms only.
"""

import shutil
import sys
import sysconfig
from pathlib import Path

SITE_PACKAGES = Path(sysconfig.get_path("platlib"))
NOT_LOADED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.pyi", "py.typed")

out, algorithm, *names = sys.argv[1:]
for name in names:
    condition, _, name = name.rpartition(":")
    if condition == "public" and algorithm == "HS256":
        continue
    package = SITE_PACKAGES / name
    if package.is_dir():
        shutil.copytree(package, Path(out) / name, ignore=NOT_LOADED)
    else:
        shutil.copy(package.with_name(name + sysconfig.get_config_var("EXT_SUFFIX")), out)
