"""Write the names of all classes in IFC's spelling, for programs that read STEP text without an engine.

Run `python -m tools.class_names` after an update of IfcOpenShell; a test compares the file with the engine.
"""

from __future__ import annotations

from pathlib import Path

import ifcopenshell

from ifcjob.file_format.step_schema import SUPPORTED

FILE = Path(__file__).parents[1] / "runner" / "ifcjob_runner" / "input" / "class_names.txt"


def class_names() -> str:
    """Return a line for each class of any schema: its name, and `+` if it is an IfcProduct, else `-`."""
    names = {}
    for schema in SUPPORTED:
        for entity in ifcopenshell.ifcopenshell_wrapper.schema_by_name(schema).entities():
            ancestor = entity
            while ancestor.name() != "IfcProduct" and ancestor.supertype():
                ancestor = ancestor.supertype()
            names[entity.name()] = "+" if ancestor.name() == "IfcProduct" else "-"
    return "".join(f"{name} {mark}\n" for name, mark in sorted(names.items()))


if __name__ == "__main__":
    FILE.write_text(class_names(), encoding="ascii")
