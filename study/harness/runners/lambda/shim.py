"""The handler that a runtime client is told to load: see shim.cjs. perf_counter_ns is CLOCK_MONOTONIC."""

from time import perf_counter_ns

_begin = perf_counter_ns()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

_module, _name = os.environ["STUDY_ENTRY"].split(".")
# Lambda has the task's folder first; until here it was this file's folder, so that nothing can take its place.
sys.path[0] = os.environ["LAMBDA_TASK_ROOT"] = os.environ["STUDY_FOLDER"]
os.environ["_HANDLER"] = os.environ["STUDY_ENTRY"]
_load_begin = perf_counter_ns()
handler = getattr(__import__(_module), _name)
_load_end = perf_counter_ns()

with open(os.environ["STUDY_MARKS"], "w", encoding="ascii") as _file:
    json.dump({"shim": _begin, "load_begin": _load_begin, "load_end": _load_end}, _file)
