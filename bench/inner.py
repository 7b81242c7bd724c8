"""Measure one part of the runner: `python bench/inner.py PART MODEL`.

Prints `{"seconds": {PART: …}}`, as `peers/obvious.py --only PART` does. In both, the seconds include writing the result
but not opening the model.

Only this module of bench/ calls `ifcjob_runner`. Each part is a function with its own imports, so that its start-up
time holds nothing else.
"""
# ruff: noqa: PLC0415

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any


def properties(model: Path) -> float:
    """Return the seconds from the opened model to properties.parquet on disk."""
    import pyarrow.parquet  # noqa: F401 - the seconds of the obvious script include no imports either

    from ifcjob_runner.data.model import Model
    from ifcjob_runner.stages.properties import properties as write_properties

    file = _opened(model)
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        write_properties(Model(file), Path(folder, "properties.parquet"))
        return perf_counter() - started


def tree(model: Path) -> float:
    """Return the seconds from the opened model to spatial-tree.json on disk."""
    import orjson

    from ifcjob_runner.data.model import Model
    from ifcjob_runner.data.relations.hierarchy import Hierarchy
    from ifcjob_runner.stages.spatial_tree import spatial_tree

    file = _opened(model)
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        data = Model(file)
        Path(folder, "spatial-tree.json").write_bytes(orjson.dumps(spatial_tree(data, Hierarchy(data))))
        return perf_counter() - started


def start(model: Path) -> float:
    """Start a run as the container does, and exit when the first stage begins.

    The whole process is measured from outside, against `python -c "import ifcopenshell"`.
    """
    from ifcjob_runner.processes import engine_process

    engine_process.start_early()
    from ifcjob.request import RunRequest
    from ifcjob_runner.pipeline import run
    from ifcjob_runner.progress.observer import SilentObserver

    class FirstStage(SilentObserver):
        def on_stage_started(self, stage: str) -> None:
            """Exit at once; bench.measure kills the engine process."""
            os._exit(0 if stage else 1)

    with tempfile.TemporaryDirectory() as folder:
        run(RunRequest.model_validate({"source": {"uri": str(model)}, "output": {"folder": folder}}), FirstStage())
    raise SystemExit("bench/inner.py: the run ended before its first stage")


def engine(model: Path) -> float:
    """Return the seconds until the engine process can open a model, started as in the container."""
    from ifcjob_runner.processes import engine_process

    started = perf_counter()
    engine_process.start_early()
    process = engine_process.start()
    import ifcjob_runner.pipeline  # noqa: F401 - the container imports it meanwhile

    # Returns once the engine process has imported what the first child needs; the role itself fails without a worklist.
    process.spawn({"kind": "lite", "name": "bench", "path": str(model), "folder": "", "threads": 1})
    seconds = perf_counter() - started
    engine_process.stop()
    return seconds


def _opened(model: Path) -> Any:
    """Open a model as the runner's data process does."""
    from ifcjob_runner.data.engine_import import import_ifcopenshell

    return import_ifcopenshell().open(str(model), lazy=True)


PARTS: dict[str, Callable[[Path], float]] = {"properties": properties, "tree": tree, "start": start, "engine": engine}


def main() -> None:
    """Measure one part of one model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS, help="the part to measure")
    parser.add_argument("model", type=Path, help="an IFC file")
    options = parser.parse_args()
    if find_spec("ifcjob_runner") is None:
        raise SystemExit("bench/inner.py: ifcjob_runner is not installed in this Python; run `make setup` first")
    print(json.dumps({"seconds": {options.part: PARTS[options.part](options.model)}}))


if __name__ == "__main__":
    main()
