"""Make a big IFC file from a real one: copies side by side in one project, like a campus of one building.

Each copy has its own instances, new GlobalIds and its own place on a grid. The project, its contexts, units and
coordinate operation exist once, because the schemas allow only one; relationships of the project alone are not
repeated. IfcOpenShell analyses the source, but the copies are made from its text: adding 500 MB of instances through
the library takes hours and tens of gigabytes. Memory depends on the source, not on the target.

`python -m bench.scale --megabytes 100 SOURCE.ifc OUT.ifc`
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.unit

from bench.step_text import AbsoluteAxis, CopyRules, axes_of, chunks_of

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Replica:
    """The file that was written."""

    copies: int
    size_bytes: int


def copy_rules(source: Path) -> CopyRules:
    """Find the instances that may exist only once and those that move."""
    model: Any = ifcopenshell.open(str(source))
    shared = {entity.id() for entity in model.traverse(model.by_type("IfcProject")[0])}
    # Subcontexts and map conversions refer to the contexts, not the reverse.
    for name in ("IfcGeometricRepresentationSubContext", "IfcCoordinateOperation", "IfcApplication"):
        shared.update(entity.id() for root in _all(model, name) for entity in model.traverse(root))
    relationships = [relation for name in ("IfcRelDefines", "IfcRelAssociates") for relation in _all(model, name)]
    placements, axes = {}, {}
    for placement in _all(model, "IfcLocalPlacement"):
        axis = placement.RelativePlacement
        if placement.PlacementRelTo is None and axis.is_a("IfcAxis2Placement3D"):
            placements[placement.id()] = axis.id()
            directions = (axis.Axis and axis.Axis.id(), axis.RefDirection and axis.RefDirection.id())
            axes[axis.id()] = AbsoluteAxis(tuple(axis.Location.Coordinates), directions)
    return CopyRules(
        ranks={number: rank for rank, number in enumerate(sorted(model.entity_names()))},
        shared=frozenset(shared),
        dropped=frozenset(
            relation.id() for relation in relationships if shared.issuperset(_ids(relation.RelatedObjects))
        ),
        placements=placements,
        axes=axes,
        rooted=frozenset(_subclasses(model.schema_identifier, "IfcRoot")),
        metre=1.0 / ifcopenshell.util.unit.calculate_unit_scale(model),
    )


def _all(model: Any, name: str) -> list[Any]:
    try:
        return list(model.by_type(name))
    except RuntimeError:  # the schema has no such class
        return []


def _ids(entities: Any) -> set[int]:
    return {entity.id() for entity in entities}


def _subclasses(schema: str, name: str) -> Iterator[bytes]:
    pending: list[Any] = [ifcopenshell.schema_by_name(schema).declaration_by_name(name)]
    while pending:
        declaration = pending.pop()
        yield declaration.name().upper().encode()
        pending.extend(declaration.subtypes())


def replicate(source: Path, target: Path, *, megabytes: float = 0, copies: int = 1) -> Replica:
    """Write at least this many copies, and as many as bring the file closest to the requested size."""
    rules = copy_rules(source)
    text = source.read_bytes()
    opening = re.search(rb"ENDSEC\s*;\s*DATA\s*;", text)
    if opening is None:
        raise ValueError(f"{source} has no DATA section")
    closing = text.rindex(b"ENDSEC")
    tail = text[closing:]
    written, requested_bytes = 1, megabytes * MEGABYTE
    with target.open("wb") as out:
        size = out.write(text[:closing])
        chunks = list(chunks_of(text[opening.end() : closing], rules))
        del text
        copy_bytes = size
        while written < copies or size + copy_bytes / 2 < requested_bytes:
            before, first = size, rules.first_free + (written - 1) * rules.stride
            for chunk in chunks:
                size += out.write(chunk.fill(first, written))
            size += out.write(axes_of(rules, first, written))
            copy_bytes, written = size - before, written + 1
        size += out.write(tail)
    return Replica(written, size)


def main() -> None:
    """Write one file and print how many copies it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--megabytes", type=float, default=0, help="the size of the target")
    amount.add_argument("--copies", type=int, default=1, help="the number of copies")
    parser.add_argument("source", type=Path, help="an IFC file")
    parser.add_argument("target", type=Path, help="the file to write")
    options = parser.parse_args()
    replica = replicate(options.source, options.target, megabytes=options.megabytes, copies=options.copies)
    print(f"{options.target}: {replica.copies} copies, {replica.size_bytes / MEGABYTE:.1f} MB")


if __name__ == "__main__":
    main()
