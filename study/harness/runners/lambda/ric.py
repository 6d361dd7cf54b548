"""Starts awslambdaric as Lambda's own bootstrap does: `ric.py <folder with awslambdaric>`, under `python -S`.

Only that folder joins the path, so that a contender finds the client's modules (as on Lambda) and no site-packages.
"""

import sys

sys.path.insert(1, sys.argv.pop())

from awslambdaric.__main__ import main  # noqa: E402

main([sys.argv[0], "shim.handler"])
