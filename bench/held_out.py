"""Whole jobs on a folder of files that nothing was tuned for: the bars, and the median and worst ratio."""

import statistics
from collections.abc import Sequence
from pathlib import Path

from bench.bars import IFC_LITE, IFCJOB, OBVIOUS, WEB_IFC, Bar, Basis, Limit, Metric
from bench.judge import Row

PEERS = {"whole": OBVIOUS, "web-ifc": WEB_IFC, "ifc-lite": IFC_LITE}
_RATIOS = (Limit(Metric.WALL, Basis.RATIO, None), Limit(Metric.CPU, Basis.RATIO, None))


def bars_of(folder: Path) -> list[Bar]:
    """Return the bars of all IFC files of a folder."""
    models = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".ifc")
    return [
        Bar(f"{prefix}-{model.stem}", str(model), IFCJOB, peer, _RATIOS)
        for model in models
        for prefix, peer in PEERS.items()
    ]


def summary(rows: Sequence[Row]) -> list[str]:
    """Return a line per peer and metric; rows without a value are only counted."""
    lines = []
    for prefix in PEERS:
        for metric in (Metric.WALL, Metric.CPU):
            of_peer = [row for row in rows if row.bar.startswith(f"{prefix}-") and row.metric is metric]
            ratios = {row.bar.removeprefix(f"{prefix}-"): row.value for row in of_peer if row.value is not None}
            if not ratios:
                continue
            worst = max(ratios, key=lambda model: ratios[model])
            lost = f", {len(of_peer) - len(ratios)} not measured" if len(ratios) < len(of_peer) else ""
            lines.append(
                f"{prefix} {metric.value}: median {statistics.median(ratios.values()):.3f}, "
                f"worst {ratios[worst]:.3f} ({worst}), {len(ratios)} models{lost}"
            )
    return lines
