"""The section of results: a table per model, with a column per viewer."""

import gzip
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

from bench.web.peers.viewers import Model, Viewer

Visit = Mapping[str, Any]
"""The numbers that visit.cjs prints for a viewer and a model."""
_BEGIN, _END = "<!-- peers: begin -->", "<!-- peers: end -->"


@dataclass(frozen=True)
class Column:
    """A viewer's numbers with one model."""

    viewer: Viewer
    file_bytes: int
    conversion: float | None
    bundle: int
    """Bytes of the scripts that the page loads, compressed by gzip."""
    visits: Sequence[Visit]
    error: str | None = None

    @classmethod
    def of(cls, viewer: Viewer, page: Path, model: Model, visits: Sequence[Visit], error: str | None) -> Self:
        """Measure the files, and keep the visits."""
        scripts = visits[0]["scripts"] if visits else []
        bundle = sum(len(gzip.compress((page / name.lstrip("/")).read_bytes())) for name in scripts)
        return cls(viewer, model.path.stat().st_size, model.conversion, bundle, visits, error)

    def of_visits(self, value: Callable[[Visit], float]) -> float:
        """Return the median of a number."""
        return float(median(value(visit) for visit in self.visits))


def _seconds(*keys: str) -> Callable[[Visit], float]:
    return lambda visit: float(_inner(visit, keys)) / 1000


def _plain(*keys: str) -> Callable[[Visit], float]:
    return lambda visit: float(_inner(visit, keys))


def _inner(value: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        value = value[key]
    return value


def _picture(visit: Visit) -> float:
    return float(median(visit["pictures"]["times"]))


def _pick(visit: Visit) -> float:
    return float(median(visit["picks"]["times"]))


def _slowest_pick(visit: Visit) -> float:
    return float(max(visit["picks"]["times"]))


_ROWS: tuple[tuple[str, Callable[[Visit], float], str], ...] = (
    ("loaded", _seconds("times", "ready"), "{:,.2f} s"),
    ("first image", _seconds("times", "firstImage"), "{:,.2f} s"),
    ("complete image", _seconds("times", "complete"), "{:,.2f} s"),
    ("orbit: time per frame", _plain("orbit", "frameTime"), "{:,.0f} ms"),
    ("orbit: triangles per frame", _plain("orbit", "triangles"), "{:,.0f}"),
    ("orbit: pixels per frame", _plain("orbit", "pixels"), "{:,.0f}"),
    ("complete picture: time", _picture, "{:,.0f} ms"),
    ("complete picture: draw calls", _plain("pictures", "calls"), "{:,.0f}"),
    ("complete picture: triangles", _plain("pictures", "triangles"), "{:,.0f}"),
    ("pick: median", _pick, "{:,.1f} ms"),
    ("pick: slowest", _slowest_pick, "{:,.1f} ms"),
    ("heap of the page and its workers", lambda visit: visit["memory"]["heap"] / 1e6, "{:,.1f} MB"),
    ("buffers and textures", lambda visit: visit["memory"]["graphics"] / 1e6, "{:,.1f} MB"),
    ("growth of the browser", lambda visit: visit["memory"]["growth"] / 1e6, "{:,.0f} MB"),
)

_NOTES = """
*loaded*, *first image* and *complete image* count from the request of the file, which comes over loopback. The first
image has something of the model, and the graphics card has finished it. *orbit* moves the camera around the model on
the same path for 4 s, and each viewer does what it does for its users: ifcjob leaves out small things and lowers the
resolution; xeokit lowers the resolution (its FastNavPlugin); fragments shows coarser tiles. *complete picture* is one
picture of a resting camera in the screen's resolution, from three sides, until the graphics card has finished it;
ifcjob leaves out what covers less than half a pixel, and fragments what its own level of detail does. At rest,
ifcjob's own pictures have 2.25 times as many pixels, to smooth the edges; *complete image* contains that. *pick* asks
for the element and the point at 12 places. *buffers and textures* are those of WebGL, counted at its functions, at
the end of the visit. *growth of the browser* is the memory of all of its processes, after the load minus before. The
bundle is what the page loads, without the application around the viewer. xeokit draws no edges, and nobody smooths
edges by multisampling. fragments makes its own geometry (web-ifc), the other two show that of ifcjob.
"""


def section(results: Mapping[str, Sequence[Column]], runs: int, loads: Sequence[float]) -> str:
    """Return the section's text."""
    tables = "\n".join(f"### {name}\n\n{table(columns)}" for name, columns in results.items())
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"""{_BEGIN}
## Beside xeokit and fragments

Written by `python -m bench.web.peers`; do not edit. The same models in the same Chromium, which draws 1280 x 800
pixels with its software renderer (SwiftShader): medians of {runs} visits in turns. Measured {datetime.now(UTC).date()}
on {machine}, with a load average of {min(loads):.1f} to {max(loads):.1f}, which contains the benchmark.

{tables}{_NOTES}{_END}
"""


def table(columns: Sequence[Column]) -> str:
    """Return the table of a model."""
    head = "| | " + " | ".join(column.viewer.name for column in columns) + " |"
    rows = [head, "|---|" + "---:|" * len(columns)]
    rows.append(_row("model file", [f"{column.file_bytes / 1e6:.1f} MB" for column in columns]))
    rows.append(_row("conversion", [_conversion(column) for column in columns]))
    rows.append(_row("bundle, gzip", [f"{column.bundle / 1e3:,.0f} kB" if column.bundle else "" for column in columns]))
    for label, value, form in _ROWS:
        rows.append(_row(label, [_cell(column, value, form) for column in columns]))
    rows.append(_row("picks that hit", [_hits(column) for column in columns]))
    errors = [f"\n{column.viewer.name} failed: {column.error}\n" for column in columns if column.error]
    return "\n".join(rows) + "\n" + "".join(errors)


def summary(name: str, columns: Sequence[Column]) -> str:
    """Return the table with the model's name, for the terminal."""
    return f"{name}\n{table(columns)}"


def _conversion(column: Column) -> str:
    return "not measured" if column.conversion is None else f"{column.conversion:,.0f} s"


def _hits(column: Column) -> str:
    if not column.visits:
        return "failed"
    picks = column.visits[0]["picks"]
    return f"{picks['hits']} of {len(picks['times'])}"


def _cell(column: Column, value: Callable[[Visit], float], form: str) -> str:
    return form.format(column.of_visits(value)) if column.visits else "failed"


def _row(label: str, cells: Sequence[str]) -> str:
    return f"| {label} | {' | '.join(cells)} |"
