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


class Fingerprints:
    """Hashes of the content of instances of one file; equal content has equal hashes."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._known: dict[int, str] = {}
        self._left = 0

    def of(self, step_ids: tuple[int, ...]) -> tuple[str, ...] | None:
        """Return the hashes of the instances, or None when that would take too long."""
        self._left = MAX_INSTANCES
        try:
            return tuple(self._hash(step_id) for step_id in step_ids)
        except (_TooLongError, RecursionError):
            return None

    def _hash(self, step_id: int) -> str:
        known = self._known.get(step_id)
        if known is None:
            import hashlib  # 3 ms, and few files need it

            self._left -= 1
            if self._left < 0:
                raise _TooLongError
            text = engine.entity_instance_to_string(self._file.by_id(step_id).this, True)  # noqa: FBT003 - STEP spelling
            _, _, content = text.partition("=")
            content = _REFERENCE.sub(lambda reference: self._hash(int(reference.group(1))), content)
            known = self._known[step_id] = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
        return known


class _TooLongError(Exception):
    pass
