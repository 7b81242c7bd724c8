"""Write the classes of each schema with the kinds of their attributes, for checks that need no engine.

Run `python -m tools.schema_signatures` after an update of IfcOpenShell; a test compares the files with the engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ifcopenshell

from ifcjob.file_format.step_schema import SUPPORTED

FOLDER = Path(__file__).parents[1] / "runner" / "ifcjob_runner" / "input" / "repair" / "schemas"
_SIMPLE = {"string": "S", "integer": "N", "real": "N", "number": "N", "boolean": "E", "logical": "E", "binary": "X"}


def signatures(schema: str) -> str:
    """Return a line for each class: its name, `-` if it is abstract else `+`, and the kind of each attribute.

    R is a reference, S a text, N a number, E an enumeration or a boolean, X binary, ? a choice, `[` in front a list.
    """
    lines = []
    for entity in ifcopenshell.ifcopenshell_wrapper.schema_by_name(schema).entities():
        kinds = ",".join(_kind(attribute.type_of_attribute()) for attribute in entity.all_attributes())
        root = entity
        while root.supertype():
            root = root.supertype()
        rooted = root.name() == "IfcRoot"
        lines.append(f"{entity.name().upper()} {'-' if entity.is_abstract() else '+'}{'R' if rooted else 'r'} {kinds}")
    return "\n".join(sorted(lines)) + "\n"


def _kind(declared: Any) -> str:
    if declared.as_aggregation_type() is not None:
        return "[" + _kind(declared.type_of_element())
    named = declared.as_named_type()
    if named is None:
        return _SIMPLE[declared.as_simple_type().declared_type()]
    kind = named.declared_type()
    if kind.as_entity() is not None:
        return "R"
    if kind.as_select_type() is not None:
        return "?"
    return "E" if kind.as_enumeration_type() is not None else _kind(kind.as_type_declaration().declared_type())


if __name__ == "__main__":
    for name in SUPPORTED:
        (FOLDER / f"{name}.txt").write_text(signatures(name), encoding="ascii")
