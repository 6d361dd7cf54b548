"""Answers of doors in several languages, brought to one spelling before they are compared."""

import math


def plain(value):
    """Numbers as JavaScript reads and writes them; everything else as it is."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number + 0.0 if math.isfinite(number) else None
    return value
