"""Which metrics and labels an expression names, from Prometheus's own syntax tree, and whether there are such."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ifcjob_operator.reference import all_metrics, exposed

if TYPE_CHECKING:
    from collections.abc import Iterator

Tree = dict[str, Any]

SELECTORS = ("vectorSelector", "matrixSelector")
TARGET = {"job", "instance", "pod"}
"""What Prometheus adds."""
OTHERS = {
    "up": TARGET,
    "process_start_time_seconds": TARGET,
    "process_resident_memory_bytes": TARGET,
    "process_cpu_seconds_total": TARGET,
}


def _known() -> dict[str, set[str]]:
    found = dict(OTHERS)
    for metric, names in all_metrics():
        name, labels = exposed(metric), {*names, *TARGET}
        if metric.type == "histogram":
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            found[name] = labels
    return found


KNOWN = _known()


def names_of(tree: Tree) -> set[str]:
    """Return the metrics that an expression names."""
    return {node["name"] for node in _nodes(tree) if node["type"] in SELECTORS}


def metrics_of(tree: Tree) -> set[str]:
    """Return the metrics that an expression names, a histogram by its own name."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names_of(tree)}


def unknown(tree: Tree) -> set[str]:
    """Return the metrics that there are not, and the labels that those of the expression do not have."""
    missing = {name for name in names_of(tree) if name not in KNOWN}
    for node in _nodes(tree):
        below = [KNOWN[name] for name in names_of(node) if name in KNOWN]
        if node["type"] in SELECTORS:
            named = {matcher["name"] for matcher in node["matchers"]} - {"__name__"}
        elif node["type"] == "aggregation":
            named = set(node["grouping"])
        else:
            continue
        missing |= {label for label in named if not all(label in labels for labels in below)}
    return missing


def _nodes(tree: Any) -> Iterator[Tree]:
    if isinstance(tree, list):
        for each in tree:
            yield from _nodes(each)
    elif isinstance(tree, dict):
        if "type" in tree and isinstance(tree["type"], str):
            yield tree
        for each in tree.values():
            yield from _nodes(each)
