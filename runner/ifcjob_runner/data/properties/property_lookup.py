"""The properties of single elements, read back from properties.parquet, for the extras of the GLB."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from pathlib import Path

PropertyValue = bool | float | str | None
COLUMNS = ("step_id", "set_name", "name", "value", "number", "value_type", "kind")


class PropertyLookup:
    """Returns `{set: {property: value}}` for a STEP id."""

    def __init__(self, path: Path, original_id: Callable[[int], int] = int) -> None:
        import pyarrow.parquet as pq  # 40 ms, and only `extras: properties` needs it here

        self._original_id = original_id
        table = pq.read_table(path, columns=list(COLUMNS)).to_pydict()
        self._step_ids: list[int] = table["step_id"]
        self._rows = list(zip(*(table[name] for name in COLUMNS[1:]), strict=True))

    def __call__(self, step_id: int) -> dict[str, dict[str, PropertyValue]]:
        """Return the element's properties and quantities; empty when it has none."""
        step_id = self._original_id(step_id)
        first, last = bisect_left(self._step_ids, step_id), bisect_right(self._step_ids, step_id)
        sets: dict[str, dict[str, PropertyValue]] = {}
        for set_name, name, value, number, value_type, kind in self._rows[first:last]:
            if kind in ("property", "quantity"):
                sets.setdefault(set_name, {})[name] = _typed(value, number, value_type)
        return sets


def _typed(value: str | None, number: float | None, value_type: str | None) -> PropertyValue:
    if value_type in ("IfcBoolean", "IfcLogical") and value in ("true", "false"):
        return value == "true"
    return value if number is None else number
