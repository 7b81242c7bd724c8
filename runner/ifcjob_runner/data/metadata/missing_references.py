"""References to instances that the file lacks.

The engine reads such a reference as unset and logs it, so that an element would lose its shape or place silently.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ifcjob_runner.data.attribute_access import File, class_of
from ifcjob_runner.data.engine_import import import_ifcopenshell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ifcjob_runner.data.document import Finding

_LOGGED = re.compile(r"Instance reference #(\d+) used by instance #(\d+) at attribute index (\d+) not found")
_LISTED = 20


class MissingReference(NamedTuple):
    """One reference that leads to nothing."""

    instance: int
    """STEP id of the instance that has it."""
    attribute: int
    """Number of the attribute, from 0."""
    target: int
    """The STEP id that the file lacks."""
    ifc_class: str
    global_id: str
    """GlobalId of the instance; empty when it has none."""


def take_log() -> str:
    """Return what the engine has logged in this process since the last call."""
    log: str = import_ifcopenshell().get_log()
    return log


def missing_references(file: File, log: str) -> list[MissingReference]:
    """Return the missing references that the log names."""
    if "Instance reference" not in log:
        return []
    references = []
    for target, number, attribute in sorted({tuple(map(int, match)) for match in _LOGGED.findall(log)}):
        if number == 0:
            references.append(MissingReference(0, attribute, target, "a value", ""))
            continue
        instance = file.by_id(number)
        global_id = instance[0] if instance.is_a("IfcRoot") else ""
        references.append(MissingReference(number, attribute, target, class_of(instance), global_id or ""))
    return references


def missing_reference_finding(
    references: Iterable[MissingReference], elements: Iterable[str], original_id: Callable[[int], int]
) -> Finding:
    """Return the finding; `elements` are the GlobalIds of the elements that need them."""
    from ifcjob_runner.data.document import finding  # planning, which imports this module, needs none

    distinct = sorted(set(references))
    places = [f"{_described(r, original_id)} to #{original_id(r.target)}" for r in distinct[:_LISTED]]
    more = "; …" if len(distinct) > _LISTED else ""
    message = f"{len(distinct)} references lead to nothing and are read as unset: {'; '.join(places)}{more}"
    ids = dict.fromkeys([*elements, *(r.global_id for r in distinct if r.global_id)])
    return finding("MissingReference", message, list(ids), count=len(distinct), severity="error")


def _described(reference: MissingReference, original_id: Callable[[int], int]) -> str:
    if not reference.instance:
        return reference.ifc_class  # the engine does not tell which instance has the value
    return f"#{original_id(reference.instance)} ({reference.ifc_class}, attribute {reference.attribute + 1})"
