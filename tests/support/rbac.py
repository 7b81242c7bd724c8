"""Rights in Kubernetes, one by one: as rules grant them, and as the documentation lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.manifests import Manifest

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "security.md"
Right = tuple[str, str, str, str]
"""API group, resource, name (empty: all), verb."""
Rights = set[Right]


def rights_in(rules: Iterable[Manifest]) -> Rights:
    """Return what rules grant, each right by itself."""
    return {
        (group, resource, name, verb)
        for rule in rules
        for group in rule.get("apiGroups", ())
        for resource in rule.get("resources", ())
        for name in rule.get("resourceNames") or ("",)
        for verb in rule["verbs"]
    }


def documented(role: str) -> Rights:
    """Return the rights that the documentation lists for a role: its table's first four columns."""
    rows = re.findall(
        rf"^\| {role} \| ([^|]*) \| ([^|]*) \| ([^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert rows, f"{PAGE.name} has no row for {role}"
    rights = set()
    for group, resources, verbs in rows:
        for resource in _words(resources):
            kind, _, name = resource.partition(" named ")
            rights |= {
                ("" if _words(group) == ["core"] else _words(group)[0], kind, name, verb) for verb in _words(verbs)
            }
    return rights


def _words(cell: str) -> list[str]:
    return [word.strip().strip("`") for word in cell.split(",")]
