"""Write the classes of the supported schemas for programs that must not import the engine that knows them."""

import json
import sys
from collections import defaultdict

import ifcopenshell

from ifcjob.file_format.step_schema import SUPPORTED
from ifcjob.reference.pages import write_pages

HIERARCHY = "api/ifcjob_api/models/filtering/ifc_classes.json"
NAMES = "runner/ifcjob_runner/input/class_names.txt"


def hierarchy() -> str:
    """Return the direct superclasses of each subclass of IfcObjectDefinition: the API filters with subclasses."""
    parents: dict[str, set[str]] = defaultdict(set)
    for name in SUPPORTED:
        schema = ifcopenshell.schema_by_name(name)
        pending = [schema.declaration_by_name("IfcObjectDefinition").as_entity()]
        while pending:
            parent = pending.pop()
            for child in parent.subtypes():
                parents[child.name()].add(parent.name())
                pending.append(child)
    return json.dumps({name: sorted(parents[name]) for name in sorted(parents)}, indent=0) + "\n"


def class_names() -> str:
    """Return a line for each class: its name, and `+` if it is an IfcProduct, else `-`; the runner reads STEP text."""
    names = {}
    for schema in SUPPORTED:
        for entity in ifcopenshell.schema_by_name(schema).entities():
            ancestor = entity
            while ancestor.name() != "IfcProduct" and ancestor.supertype():
                ancestor = ancestor.supertype()
            names[entity.name()] = "+" if ancestor.name() == "IfcProduct" else "-"
    return "".join(f"{name} {mark}\n" for name, mark in sorted(names.items()))


if __name__ == "__main__":
    sys.exit(write_pages("tools.ifc_classes", __doc__, {HIERARCHY: hierarchy, NAMES: class_names}, None))
