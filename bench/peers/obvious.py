"""The usual first script with IfcOpenShell: open, util.element for each product, native GLB serializer.

`obvious.py IN.ifc -o DIR [--only properties|tree|geometry]` prints the seconds of each stage as JSON.
It is the baseline, so it uses none of the runner's optimizations.
"""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.classification
import ifcopenshell.util.element as element_of


def write_properties(model: Any, folder: Path) -> None:
    """Write property sets, materials and classifications of the products, one product at a time."""
    rows = {}
    for product in model.by_type("IfcProduct"):
        kind = element_of.get_type(product)
        references = ifcopenshell.util.classification.get_references(product)
        rows[product.GlobalId] = {
            "id": product.id(),
            "class": product.is_a(),
            "name": product.Name,
            "type": kind.GlobalId if kind else None,
            "sets": element_of.get_psets(product),
            "materials": [material.Name for material in element_of.get_materials(product)],
            "classifications": [reference.Name for reference in references],
        }
    with (folder / "properties.json").open("w") as file:
        json.dump(rows, file, default=str)


def write_tree(model: Any, folder: Path) -> None:
    """Write the decomposition of the project recursively."""

    def node(entity: Any) -> dict[str, Any]:
        children = element_of.get_decomposition(entity, is_recursive=False)
        return {
            "id": entity.id(),
            "globalId": entity.GlobalId,
            "class": entity.is_a(),
            "name": entity.Name,
            "children": [node(child) for child in children],
        }

    with (folder / "tree.json").open("w") as file:
        json.dump(node(model.by_type("IfcProject")[0]), file)


def write_geometry(model: Any, folder: Path) -> None:
    """Write the GLB with OpenCASCADE on all threads."""
    geom: Any = ifcopenshell.geom
    settings = geom.settings()
    serializer = geom.serializers.glb(str(folder / "model.glb"), settings)
    threads = multiprocessing.cpu_count()  # as in the documentation of IfcOpenShell
    shapes = geom.iterator(settings, model, threads, exclude=["IfcOpeningElement", "IfcSpace"])
    if not shapes.initialize():
        return
    serializer.setFile(model)
    serializer.setUnitNameAndMagnitude(shapes.unit_name(), shapes.unit_magnitude())
    serializer.writeHeader()
    while True:
        serializer.write(shapes.get())
        if not shapes.next():
            break
    serializer.finalize()


STAGES: dict[str, Callable[[Any, Path], None]] = {
    "properties": write_properties,
    "tree": write_tree,
    "geometry": write_geometry,
}


def main() -> None:
    """Run the selected stages and print the seconds of each as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="an IFC file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the folder to write")
    parser.add_argument(
        "--only", choices=STAGES, action="append", help="a stage to run; may be repeated (default: all)"
    )
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    seconds = {}
    started = perf_counter()
    model = ifcopenshell.open(str(options.model))
    seconds["open"] = perf_counter() - started
    for name in options.only or STAGES:
        started = perf_counter()
        STAGES[name](model, options.output)
        seconds[name] = perf_counter() - started
    print(json.dumps({"seconds": seconds}))
    # Threaded iteration may crash when the interpreter shuts down; the results are already written.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
