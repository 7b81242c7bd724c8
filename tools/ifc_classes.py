"""Write api/ifcjob_api/models/ifc_classes.json: the classes above each IFC class, in any of the supported schemas.

The API filters by class with subclasses, and must not import the engine that knows them.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import ifcopenshell

FILE = Path(__file__).parents[1] / "api" / "ifcjob_api" / "models" / "ifc_classes.json"
SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")


def ifc_classes() -> dict[str, list[str]]:
    """Return the direct superclasses of each subclass of IfcObjectDefinition."""
    parents: dict[str, set[str]] = defaultdict(set)
    for name in SCHEMAS:
        schema = ifcopenshell.schema_by_name(name)
        pending = [schema.declaration_by_name("IfcObjectDefinition").as_entity()]
        while pending:
            parent = pending.pop()
            for child in parent.subtypes():
                parents[child.name()].add(parent.name())
                pending.append(child)
    return {name: sorted(parents[name]) for name in sorted(parents)}


def main() -> None:
    """Write the file, or with --check fail when it is stale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail when the file is stale")
    text = json.dumps(ifc_classes(), indent=0) + "\n"
    if not parser.parse_args().check:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE.name} is stale: run `make generate`")


if __name__ == "__main__":
    main()
