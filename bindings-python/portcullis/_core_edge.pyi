# The edge layer's extension module: _core loads it, and nobody else asks it anything.
from collections.abc import Mapping
from typing import Any

from .typing import EventType, Finding

# A capsule.
door: object

def check_response(
    response: Mapping[str, Any] | str | bytes,
    event_type: EventType,
    original: Mapping[str, Any] | str | bytes | None = None,
) -> list[Finding]: ...
