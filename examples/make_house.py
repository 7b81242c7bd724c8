"""Build the example house, a two-storey family house with a garden, as one IFC4 file.

Every GlobalId is derived from the class and the name, and times are fixed: the same code writes the same bytes.
"""

# mypy: allow-untyped-calls
# IfcOpenShell leaves is_a() without types.

from __future__ import annotations

import argparse
import uuid
from collections import Counter
from pathlib import Path

import ifcopenshell
import ifcopenshell.guid
from house import facts, inside, openings, outside, roof, walls
from house.drawing import Drawing

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://ifcjob.io/examples/house")


def build() -> ifcopenshell.file:
    """Draw the house."""
    file = facts.start()
    draw = Drawing(file)
    facts.georeferenced(draw)
    site, ground, upper = facts.spatial_structure(draw)
    openings.make_types(draw)
    walls.build_walls(draw, ground, upper)
    roof.build_slabs(draw, ground, upper)
    slopes = roof.build_roof(draw, upper)
    roof.build_chimney(draw, ground)
    inside.build_rooms(draw, (ground, upper))
    inside.build_stair(draw, ground, upper)
    inside.furnish(draw, (ground, upper))
    outside.build_porch(draw, ground)
    outside.build_terrace(draw, ground, upper)
    outside.build_drainage(draw, upper)
    outside.build_solar(draw, slopes["back tiles"])
    outside.build_garden(draw, site)
    facts.describe_types(file)
    facts.describe_elements(file)
    facts.sign(file)
    return file


def settle(file: ifcopenshell.file) -> None:
    """Make the file reproducible: sets in STEP order, GlobalIds from names, a fixed header."""
    schema = ifcopenshell.schema_by_name(file.schema)
    for entity in file:
        declared = schema.declaration_by_name(entity.is_a()).as_entity()
        for index, attribute in enumerate(declared.all_attributes() if declared else ()):
            value = entity[index]
            kind = attribute.type_of_attribute().as_aggregation_type()
            unordered = kind is not None and kind.type_of_aggregation_string() == "set"
            if unordered and value and isinstance(value[0], ifcopenshell.entity_instance) and value[0].id():
                entity[index] = sorted(value, key=lambda member: member.id())
    seen: Counter[str] = Counter()
    for rooted in file.by_type("IfcRoot"):
        title = f"{rooted.is_a()}/{rooted.Name or ''}"
        seen[title] += 1
        name = uuid.uuid5(NAMESPACE, f"{title}/{seen[title]}")
        rooted.GlobalId = ifcopenshell.guid.compress(name.hex)
    header = file.header
    header.file_description.description = ("ViewDefinition [DesignTransferView_V1.0]",)
    header.file_name.name = "house.ifc"
    header.file_name.time_stamp = "2026-01-01T00:00:00"
    header.file_name.author = ("House Office",)
    header.file_name.organization = ("Example Architects",)
    header.file_name.preprocessor_version = "IfcOpenShell"
    header.file_name.originating_system = "House example 1.0"
    header.file_name.authorization = "Example Architects"


def main() -> None:
    """Write the house to the file that the command line names."""
    parser = argparse.ArgumentParser(description="Build the example house as an IFC4 file.")
    beside = Path(__file__).with_name("house.ifc")
    parser.add_argument("out", nargs="?", type=Path, default=beside, help="file to write (default: %(default)s)")
    out: Path = parser.parse_args().out
    file = build()
    settle(file)
    out.parent.mkdir(parents=True, exist_ok=True)
    file.write(str(out))
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB, {len(file.by_type('IfcElement'))} elements")


if __name__ == "__main__":
    main()
