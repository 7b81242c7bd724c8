"""The metrics and labels that a PromQL expression names, and which of them do not exist."""

from __future__ import annotations

import re

from promql_parser import AggregateExpr, Expr, MatrixSelector, VectorSelector, walk

from ifcjob_operator.reference import all_metrics, exposed

TARGET = {"job", "instance", "pod"}
"""Labels that Prometheus adds."""
OTHERS = {
    "up": TARGET,
    "process_start_time_seconds": TARGET,
    "process_resident_memory_bytes": TARGET,
    "process_cpu_seconds_total": TARGET,
}


def _known() -> dict[str, set[str]]:
    known = dict(OTHERS)
    for metric, names in all_metrics():
        name, labels = exposed(metric), {*names, *TARGET}
        if metric.type == "histogram":
            known |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            known[name] = labels
    return known


KNOWN = _known()


def names_of(expression: Expr) -> set[str]:
    """Return the metrics that an expression names."""
    return {selector.name for selector in _parts(expression) if isinstance(selector, VectorSelector) and selector.name}


def metrics_of(expression: Expr) -> set[str]:
    """Return the metrics that an expression names, a histogram by its own name."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names_of(expression)}


def unknown(expression: Expr) -> set[str]:
    """Return the metrics that do not exist, and the labels that the expression's metrics do not have."""
    missing = names_of(expression) - KNOWN.keys()
    for part in _parts(expression):
        metrics = [KNOWN[name] for name in names_of(part) if name in KNOWN]
        if isinstance(part, VectorSelector):
            labels = {matcher.name for matcher in part.matchers.matchers} - {"__name__"}
        elif isinstance(part, AggregateExpr) and part.modifier:
            labels = set(part.modifier.labels)
        else:
            continue
        missing |= {label for label in labels if not all(label in known for known in metrics)}
    return missing


def _parts(expression: Expr) -> list[Expr]:
    parts: list[Expr] = []
    walk(expression, parts.append)
    return parts + [part.vector_selector for part in parts if isinstance(part, MatrixSelector)]
