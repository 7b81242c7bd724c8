"""The chart's dashboard as a reader of its JSON sees it: panels, and their expressions with the variables filled in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.chart import CHART

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def dashboard() -> Json:
    """Return the dashboard."""
    text = (CHART / "files" / "dashboard.json").read_text(encoding="utf-8")
    return json.loads(text)


def panels() -> Iterator[Json]:
    """Return the panels, without the rows between them."""
    return (panel for panel in dashboard()["panels"] if panel["type"] != "row")


def filled_in(expression: str, *, job: str, window: str = "1m", span: str = "5m") -> str:
    """Do what Grafana does to an expression before it asks; all namespaces and queues are chosen."""
    variables = {
        "__rate_interval": window,
        "__interval": window,
        "__range": span,
        "namespace": ".*",
        "queue": ".*",
        "job": job,
    }
    for name, value in variables.items():
        expression = expression.replace(f"${name}", value)
    return expression
