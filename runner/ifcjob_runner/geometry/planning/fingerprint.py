"""Recognise bodies with equal content, where that is faster than meshing both.

It is for boolean operations: meshing one takes milliseconds, reading its few dozen instances takes microseconds.
It is not for face sets: they are long, and meshing them takes little more time than reading them.
"""

import re

from ifcopenshell import _ifcopenshell_wrapper as engine

from ifcjob_runner.data.attribute_access import File

_REFERENCE = re.compile(r"#(\d+)")
MAX_INSTANCES = 400
"""Instances that are read for one body at most; a body with more probably contains a face set."""


_LONG = 200
"""Characters. Longer content, such as lists of points, is kept as a hash."""


class Fingerprints:
    """Numbers for the content of instances of one file; equal content has equal numbers."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._known: dict[int, int] = {}
        self._numbers: dict[str | bytes, int] = {}
        self._left = 0

    def of(self, step_ids: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the numbers of the instances' content, or None when that would take too long."""
        self._left = MAX_INSTANCES
        try:
            return tuple(self._number(step_id) for step_id in step_ids)
        except (_TooLongError, RecursionError):
            return None

    def _number(self, step_id: int) -> int:
        known = self._known.get(step_id)
        if known is None:
            self._left -= 1
            if self._left < 0:
                raise _TooLongError
            text = engine.entity_instance_to_string(self._file.by_id(step_id).this, True)  # noqa: FBT003 - STEP spelling
            _, _, content = text.partition("=")
            content = _REFERENCE.sub(lambda reference: f"#{self._number(int(reference[1]))}", content)
            key = content if len(content) <= _LONG else _digest(content)
            known = self._known[step_id] = self._numbers.setdefault(key, len(self._numbers))
        return known


def _digest(content: str) -> bytes:
    from hashlib import blake2b  # importing it takes 3 ms, and few files need it

    return blake2b(content.encode(), digest_size=16).digest()


class _TooLongError(Exception):
    pass
