"""Convert IFC values to text and numbers."""

import json
import math
from collections.abc import Callable

from ifcjob_runner.data.attribute_access import Value, argument, class_of, is_instance

OriginalId = Callable[[int], int]
"""Returns the number that an instance has in the user's file (see Model)."""


def text_of(value: Value, original_id: OriginalId = int) -> str | None:
    """Return a value as text: booleans as `true` and `false`, lists as JSON, numbers exact and short."""
    if value is None or isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int | float):
        return repr(value)
    content = plain(value, original_id)
    if isinstance(content, str):  # a reference to an instance
        return content
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def number_of(value: Value) -> float | None:
    """Return a finite number as float; None for anything else, booleans included."""
    if value.__class__ is float:
        return value if math.isfinite(value) else None
    return float(value) if value.__class__ is int else None


def list_text(values: list[Value], original_id: OriginalId = int) -> str | None:
    """Return a list as text: None for an empty list, a single value as itself, several as a JSON array."""
    if len(values) <= 1:
        return text_of(values[0], original_id) if values else None
    return text_of(values, original_id)


def plain(value: Value, original_id: OriginalId = int) -> Value:
    """Return a value with each instance in it replaced by its content (a measure) or its `#id`."""
    if isinstance(value, list | tuple):
        return [plain(v, original_id) for v in value]
    if is_instance(value):
        return f"#{original_id(value.id())}" if value.id() else plain(argument(value, 0), original_id)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def measure_of(values: Value) -> str | None:
    """Return the IFC type of a measure, or of the first in a list."""
    first = values[0] if isinstance(values, tuple) and values else values
    return class_of(first) if is_instance(first) else None
