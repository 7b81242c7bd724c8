"""properties: every property, quantity, material and classification of every object, in one table."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from ifcjob.tables import PROPERTIES
from ifcjob_runner.data.attribute_access import RELATED, RELATING, class_of, is_instance, pointers, reading, step_id
from ifcjob_runner.data.document import Finding
from ifcjob_runner.data.formats.exports import exporters
from ifcjob_runner.data.formats.parquet import ArrowBatch, arrow_schema, write_parquet
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.properties.inheritance import Segment, merged
from ifcjob_runner.data.properties.material_properties import MaterialProperties
from ifcjob_runner.data.properties.materials import Materials
from ifcjob_runner.data.properties.property_sets import PropertySets
from ifcjob_runner.data.properties.property_values import PropertyReader
from ifcjob_runner.data.properties.rows import Row, Rows, RowSet
from ifcjob_runner.data.properties.segments import Segments
from ifcjob_runner.data.relations.classifications import Classifications
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.data.relations.storeys import Storeys
from ifcjob_runner.data.units import ProjectUnits

OnProgress = Callable[[int, int], None]
PROGRESS_EVERY = 1_000
HAS_PROPERTY_SETS = 5


@dataclass(frozen=True, slots=True)
class PropertiesResult:
    """Facts about the written table."""

    objects: int
    """Objects with at least one row."""
    rows: int
    """Rows of the table."""
    paths: list[Path]
    """The files: properties.parquet and the extra formats beside it."""
    findings: list[Finding]
    """Problems that were found while writing it."""


def properties(
    model: Model,
    path: Path,
    formats: Collection[str] = (),
    on_progress: OnProgress | None = None,
    *,
    storeys: Storeys | None = None,
) -> PropertiesResult:
    """Write the properties table to `path`, and the formats that are tables beside it under the same stem."""
    with reading():
        table = _Table(model, storeys or Storeys(model, Hierarchy(model)))
        table.collect(on_progress or (lambda _done, _total: None))
        schema = arrow_schema(PROPERTIES)
        with exporters(path, PROPERTIES, formats) as extra:
            write_parquet(path, schema, _tee(table.segments.batches(table.rows, schema), extra.write))
    findings = [*model.unreadable_findings(), *extra.findings()]
    return PropertiesResult(table.segments.objects, table.segments.rows, [path, *extra.paths], findings)


class _Table:
    """Reads all sets into shared rows, then assigns them to objects."""

    def __init__(self, model: Model, storeys: Storeys) -> None:
        self._model, self._storeys = model, storeys
        self.rows, self.segments = Rows(), Segments()
        units = ProjectUnits(model)
        self._units = units
        self._sets = PropertySets(model, self.rows, units)
        self._materials, self._classifications = Materials(model), Classifications(model)
        reader = PropertyReader(model, units)
        self._material_properties = MaterialProperties(model, self._materials, self.rows, reader)
        self._material_sets: dict[int, list[tuple[RowSet, str | None]]] = {}
        self._reference_sets: dict[int, RowSet] = {}

    def collect(self, on_progress: OnProgress) -> None:
        """Read all sets, then add the objects in the order of their STEP ids."""
        own, of_type = self._sets_of_objects(), self._sets_of_types()
        self._sets.finish()
        inherited = {kind: self._row_sets(numbers) for kind, numbers in of_type.items()}
        objects, type_of = self._objects(), self._model.type_of
        for position, (number, global_id, ifc_class, name) in enumerate(objects):
            if position % PROGRESS_EVERY == 0:
                on_progress(position, len(objects))
            kind = type_of.get(number, 0)
            own_sets = self._row_sets(own.get(number, ()))
            segments = [*merged(self.rows, inherited.get(kind, ()), own_sets), *self._other_segments(number)]
            if segments:
                storey = self._storeys.name_above(number)
                self.segments.add_object(self._model.original_id(number), global_id, ifc_class, name, storey)
                for row_set, rows, source in segments:
                    self.segments.add(row_set, rows, source)
        on_progress(len(objects), len(objects))

    def _objects(self) -> list[tuple[int, str, str, str | None]]:
        columns = [self._model.objects("IfcObject"), self._model.objects("IfcContext")]
        rows = [row for c in columns for row in zip(c.step_ids, c.global_ids, c.classes, c.names, strict=True)]
        return sorted({row[0]: row for row in rows}.values(), key=itemgetter(0))

    def _sets_of_objects(self) -> dict[int, list[int]]:
        rels = [r.this for r in self._model.all("IfcRelDefinesByProperties")]
        definitions, objects = self._model.column(rels, RELATING), self._model.column(rels, RELATED)
        numbers_of: dict[int, list[int]] = {}
        for definition, related in zip(definitions, objects, strict=True):
            if not is_instance(definition):
                continue
            numbers = self._sets.read(definition.this)
            for member in pointers(related):
                numbers_of.setdefault(step_id(member), []).extend(numbers)
        for rel in pointers(self._model.all("IfcRelOverridesProperties")):  # last: these values win
            numbers = self._sets.read_overriding(rel)
            for member in pointers(self._model.read(rel, RELATED)):
                numbers_of.setdefault(step_id(member), []).extend(numbers)
        return numbers_of

    def _sets_of_types(self) -> dict[int, list[int]]:
        return {
            number: [n for d in pointers(self._model.read(kind, HAS_PROPERTY_SETS)) for n in self._sets.read(d)]
            for number, kind in self._model.type_objects.items()
        }

    def _row_sets(self, numbers: Iterable[int]) -> list[RowSet]:
        row_sets = [self._sets[n] for n in numbers]
        return [row_set for row_set in row_sets if row_set is not None]

    def _other_segments(self, number: int) -> Iterator[Segment]:
        definition, source = self._materials.of(number)
        if definition is not None:
            for row_set, own_source in self._sets_of_material(definition):
                yield row_set, row_set.rows, own_source or source
        for reference, source in self._classifications.of(number):
            row_set = self._set_of_reference(reference)
            yield row_set, row_set.rows, source

    def _sets_of_material(self, definition: int) -> list[tuple[RowSet, str | None]]:
        """Return a material definition's sets, with the source `material` for those of the materials in it."""
        if definition not in self._material_sets:
            inner = self._materials.set_of(definition)
            name = "IfcMaterial" if inner is None else class_of(inner)
            sets: list[tuple[RowSet, str | None]] = [
                (self.rows.add(name, "material", self._materials.rows(definition, self._units)), None)
            ]
            sets.extend((row_set, "material") for row_set in self._material_properties.of_definition(definition))
            references = {
                r: None
                for material in self._materials.materials(definition)
                for r in self._classifications.of_material(step_id(material))
            }
            sets.extend((self._set_of_reference(r), "material") for r in references)
            self._material_sets[definition] = sets
        return self._material_sets[definition]

    def _set_of_reference(self, number: int) -> RowSet:
        if number not in self._reference_sets:
            reference = self._classifications.references[number]
            name = reference.code or reference.title or ""
            row = Row(name, reference.title, None, "IfcClassificationReference")
            self._reference_sets[number] = self.rows.add(reference.system, "classification", [(name, [row])])
        return self._reference_sets[number]


def _tee(batches: Iterable[ArrowBatch], also: Callable[[ArrowBatch], None]) -> Iterator[ArrowBatch]:
    for batch in batches:
        also(batch)
        yield batch
