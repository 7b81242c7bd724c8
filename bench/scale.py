"""Make a big IFC file from a real one: copies side by side in one project, like a campus of the same building.

Every copy has its own instances, fresh GlobalIds and its own place on a grid. The project, its contexts, units and
coordinate operation exist once, because the schemas allow one of each; what is said about the project alone is
not repeated. IfcOpenShell reads the meaning of the source; the copies are made from its text, because adding 500 MB
of instances through the library takes hours and tens of gigabytes. Memory depends on the source, not the target.

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

from bench.step_text import Facts, Ground, chunks_of, grounds_of

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Replica:
    """What was written."""

    copies: int
    size_bytes: int


def facts_of(source: Path) -> Facts:
    """Ask IfcOpenShell what may exist only once and what has to move."""
    model: Any = ifcopenshell.open(str(source))
    shared = {entity.id() for entity in model.traverse(model.by_type("IfcProject")[0])}
    # Subcontexts and map conversions point at the contexts, not the other way round.
    for name in ("IfcGeometricRepresentationSubContext", "IfcCoordinateOperation", "IfcApplication"):
        shared.update(entity.id() for root in _all(model, name) for entity in model.traverse(root))
    statements = [relation for name in ("IfcRelDefines", "IfcRelAssociates") for relation in _all(model, name)]
    standing, grounds = {}, {}
    for placement in _all(model, "IfcLocalPlacement"):
        axis = placement.RelativePlacement
        if placement.PlacementRelTo is None and axis.is_a("IfcAxis2Placement3D"):
            standing[placement.id()] = axis.id()
            directions = (axis.Axis and axis.Axis.id(), axis.RefDirection and axis.RefDirection.id())
            grounds[axis.id()] = Ground(tuple(axis.Location.Coordinates), directions)
    return Facts(
        ranks={number: rank for rank, number in enumerate(sorted(model.entity_names()))},
        shared=frozenset(shared),
        dropped=frozenset(said.id() for said in statements if shared.issuperset(_ids(said.RelatedObjects))),
        standing=standing,
        grounds=grounds,
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
    """Write at least so many copies, and then as many as bring the file closest to the size asked for."""
    facts = facts_of(source)
    text = source.read_bytes()
    opening = re.search(rb"ENDSEC\s*;\s*DATA\s*;", text)
    if opening is None:
        raise ValueError(f"{source} has no DATA section")
    closing = text.rindex(b"ENDSEC")
    tail = text[closing:]
    written, wanted = 1, megabytes * MEGABYTE
    with target.open("wb") as out:
        size = out.write(text[:closing])
        chunks = list(chunks_of(text[opening.end() : closing], facts))
        del text
        each = size
        while written < copies or size + each / 2 < wanted:
            before, first = size, facts.first_free + (written - 1) * facts.stride
            for chunk in chunks:
                size += out.write(chunk.fill(first, written))
            size += out.write(grounds_of(facts, first, written))
            each, written = size - before, written + 1
        size += out.write(tail)
    return Replica(written, size)


def main() -> None:
    """Write one file and say how many copies it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wish = parser.add_mutually_exclusive_group(required=True)
    wish.add_argument("--megabytes", type=float, default=0)
    wish.add_argument("--copies", type=int, default=1)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    replica = replicate(options.source, options.target, megabytes=options.megabytes, copies=options.copies)
    print(f"{options.target}: {replica.copies} copies, {replica.size_bytes / MEGABYTE:.1f} MB")


if __name__ == "__main__":
    main()
