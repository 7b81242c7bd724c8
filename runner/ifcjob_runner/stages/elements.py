"""elements: a row per IfcProduct with its parent, storey, type, layers, materials, classifications and bounding box."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ifcjob.tables import ELEMENTS
from ifcjob_runner.data.attribute_access import OBJECT_TYPE, Instance, Value, reading
from ifcjob_runner.data.formats.exports import exporters
from ifcjob_runner.data.formats.parquet import ROW_GROUP, arrow_schema, column_array, write_parquet
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.properties.materials import Materials
from ifcjob_runner.data.relations.classifications import Classifications
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.data.relations.layers import Layers
from ifcjob_runner.data.relations.storeys import Storeys

Columns = dict[str, list[Value]]
Box = tuple[float, float, float, float, float, float]
"""min x, y, z, max x, y, z in metres."""
BOX_COLUMNS = [c.name for c in ELEMENTS if c.name.startswith("bbox_")]


def elements(model: Model, hierarchy: Hierarchy, storeys: Storeys | None = None) -> Columns:
    """Return the table without the columns that the geometry provides, as plain lists."""
    with reading():
        return _Table(model, hierarchy, storeys or Storeys(model, hierarchy)).columns()


def write_elements(
    path: Path,
    columns: Columns,
    boxes: Mapping[int, Box],
    triangles: Mapping[int, int],
    original_id: Callable[[int], int] = int,
    formats: Collection[str] = (),
) -> None:
    """Write elements.parquet, and elements.csv if `formats` has it.

    Boxes (metres) and triangles of the elements with geometry are by STEP id.
    """
    import pyarrow as pa  # 40 ms, and only the writing needs it

    numbers = columns["step_id"]
    nowhere = (None,) * len(BOX_COLUMNS)
    edges = zip(*(boxes.get(n, nowhere) for n in numbers), strict=True) if numbers else ([] for _ in BOX_COLUMNS)
    whole = columns | dict(zip(BOX_COLUMNS, edges, strict=True)) | {"triangles": [triangles.get(n) for n in numbers]}
    whole["step_id"] = list(map(original_id, numbers))
    schema = arrow_schema(ELEMENTS)
    batch = pa.record_batch([column_array(whole[f.name], f.type, nullable=f.nullable) for f in schema], schema=schema)
    write_parquet(path, schema, (batch.slice(first, ROW_GROUP) for first in range(0, batch.num_rows, ROW_GROUP)))
    with exporters(path, ELEMENTS, {"csv"} & set(formats)) as extra:
        extra.write(batch)


class _Table:
    def __init__(self, model: Model, hierarchy: Hierarchy, storeys: Storeys) -> None:
        self._model = model
        self._hierarchy = hierarchy
        self._global_ids = dict(zip(model.products.step_ids, model.products.global_ids, strict=True))
        self._storeys = storeys
        kinds = model.type_objects.items()
        self._types_of_types = {n: self._own_predefined_type(kind, "ElementType") for n, kind in kinds}
        """The predefined type of each type object."""

    def columns(self) -> Columns:
        products = self._model.products
        materials, classifications = Materials(self._model), Classifications(self._model)
        definitions = [materials.of(n)[0] for n in products.step_ids]
        names = {d: materials.names(d) for d in set(definitions) if d is not None}
        layers = Layers(self._model)
        references = [[r for r, _ in classifications.of(n)] for n in products.step_ids]
        return {
            "step_id": products.step_ids,
            "global_id": products.global_ids,
            "class": products.classes,
            "predefined_type": list(map(self._predefined_type, products.step_ids, products.pointers)),
            "name": products.names,
            "object_type": self._model.texts(products.pointers, OBJECT_TYPE),
            "tag": self._optional("Tag"),
            "type_global_id": [self._global_id(self._model.type_of.get(n)) for n in products.step_ids],
            "storey_global_id": [self._global_id(self._storeys.of(n)) for n in products.step_ids],
            "storey_name": list(map(self._storeys.name_above, products.step_ids)),
            "parent_global_id": [self._global_id(self._hierarchy.parent.get(n)) for n in products.step_ids],
            "layers": [layers.of(p) for p in products.pointers],
            "materials": [[] if d is None else names[d] for d in definitions],
            "classifications": [[str(classifications.references[r]) for r in some] for some in references],
        }

    def _optional(self, attribute: str) -> list[Value]:
        """Return an attribute that not all classes have; None for the others."""
        index = {kind: self._model.schema.index(kind, attribute) for kind in set(self._model.products.classes)}
        pairs = zip(self._model.products.pointers, self._model.products.classes, strict=True)
        return [self._model.text_at(p, index[kind]) if index[kind] >= 0 else None for p, kind in pairs]

    def _global_id(self, number: int | None) -> str | None:
        if number is None:
            return None
        if number not in self._global_ids:
            instance = self._model.type_objects.get(number) or self._hierarchy.instances[number]
            self._global_ids[number] = self._model.read(instance, 0) or ""
        return self._global_ids[number]

    def _predefined_type(self, number: int, product: Instance) -> str | None:
        inherited = self._types_of_types.get(self._model.type_of.get(number, 0))
        if inherited and inherited != "NOTDEFINED":
            return inherited
        return self._own_predefined_type(product, "ObjectType")

    def _own_predefined_type(self, instance: Instance, free_text: str) -> str | None:
        value = self._model.attribute(instance, "PredefinedType")
        if value != "USERDEFINED":
            return value if isinstance(value, str) else None
        own = self._model.attribute(instance, free_text)
        return own if isinstance(own, str) and own else "USERDEFINED"
