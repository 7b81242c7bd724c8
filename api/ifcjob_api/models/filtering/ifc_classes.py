"""The hierarchy of IFC classes of all supported schemas together, for filters by class with subclasses."""

import json
from collections import defaultdict
from functools import cache
from importlib import resources


def with_subclasses(name: str) -> list[str]:
    """Return a class, spelled as IFC does, and all its subclasses; an unknown class stands for itself."""
    spelling, children = _hierarchy()
    pending, names_below = [spelling.get(name.lower(), name)], set[str]()
    while pending:
        current = pending.pop()
        if current not in names_below:
            names_below.add(current)
            pending.extend(children.get(current, ()))
    return sorted(names_below)


def ifc_spelling(name: str) -> str:
    """Return a class as IFC spells it: `IFCDOOR` is `IfcDoor`."""
    return _hierarchy()[0].get(name.lower(), name)


@cache
def _hierarchy() -> tuple[dict[str, str], dict[str, list[str]]]:
    text = resources.files("ifcjob_api.models.filtering").joinpath("ifc_classes.json").read_text(encoding="utf-8")
    parents: dict[str, list[str]] = json.loads(text)
    children: dict[str, list[str]] = defaultdict(list)
    for name, above in parents.items():
        for parent in above:
            children[parent].append(name)
    names = [*parents, *children]
    return {name.lower(): name for name in names}, dict(children)
