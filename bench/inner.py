"""Time single parts of the runner, for the bars that are about a part: `python bench/inner.py PART MODEL`.

Prints `{"seconds": {PART: …}}`, as `peers/obvious.py --only PART` does, so that the two can be compared. Opening the
model is not part of the seconds; writing the result is, as in the obvious script.

This module is the one place in bench/ that calls `ifcjob_runner` functions, each in the function of its part.
"""

import argparse
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn


def properties(model: Path) -> float:
    """Return the seconds from an opened model to elements.parquet and properties.parquet on disk.

    To wire: open the model with the runner's lazy opening, start the clock, call the properties stage with a
    temporary folder, stop the clock.
    """
    _not_wired("properties", model)


def tree(model: Path) -> float:
    """Return the seconds from an opened model to spatial-tree.json on disk.

    To wire: as `properties`, with the spatial tree stage.
    """
    _not_wired("tree", model)


def start(model: Path) -> float:
    """Do what the runner does before its first stage, then return.

    The whole process is measured from outside against `python -c "import ifcopenshell"`, so the value returned does
    not matter. To wire: start the engine, wait until it has imported ifcopenshell, and stop it.
    """
    _not_wired("start", model)


PARTS: dict[str, Callable[[Path], float]] = {"properties": properties, "tree": tree, "start": start}


def _not_wired(part: str, model: Path) -> NoReturn:
    raise SystemExit(f"bench/inner.py: {part} of {model.name} is not measured: no call of ifcjob_runner is wired in")


def main() -> None:
    """Measure one part of one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("model", type=Path)
    options = parser.parse_args()
    if find_spec("ifcjob_runner") is None:
        raise SystemExit("bench/inner.py: ifcjob_runner is not installed in this Python; run `make setup` first")
    print(json.dumps({"seconds": {options.part: PARTS[options.part](options.model)}}))


if __name__ == "__main__":
    main()
