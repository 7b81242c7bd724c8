"""Open a model with ifcfast and read all of its tables, without its cache: `python tables.py MODEL.ifc`."""

import sys

import ifcfast  # type: ignore[import-not-found]  # only its own environment has it

TABLES = (
    "products_df", "spaces_df", "type_objects_df", "storeys", "psets", "quantities", "materials", "classifications",
    "aggregates", "contained_in", "voids", "fills", "nests", "groups",
)  # fmt: skip

model = ifcfast.open(sys.argv[1], use_cache=False, write_cache=False)
for name in TABLES:
    table = getattr(model, name)
    if callable(table):
        table()
