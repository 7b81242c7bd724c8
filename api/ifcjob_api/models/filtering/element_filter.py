"""Filters of elements: the query parameters, and the SQL that selects the rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from ifcjob.http.request_type import RequestType
from ifcjob_api.models.filtering.conditions import MAX_CONDITIONS, Condition, Parameters, parse_conditions
from ifcjob_api.models.filtering.ifc_classes import ifc_spelling, with_subclasses
from ifcjob_api.models.filtering.kept_rows import Scan, Sources
from ifcjob_api.models.query_engine import Cursor

Key = tuple[int, int]
"""The place of a model, and a STEP id."""
TextList = Annotated[list[Annotated[str, Field(min_length=1, max_length=255)]], Field(max_length=20)]
Conditions = Annotated[list[Annotated[str, Field(min_length=1, max_length=1024)]], Field(max_length=MAX_CONDITIONS)]


def _none_repeated(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


class ElementFilter(RequestType):
    """Conditions on elements. Different parameters must all hold; of one parameter given twice, either value."""

    ifc_class: Annotated[TextList, AfterValidator(_none_repeated)] = Field(
        default_factory=list, alias="class", examples=[["IfcDoor"]]
    )
    """IFC class with its subclasses, in any case."""
    subclasses: bool = True
    """False selects the exact class only."""
    predefined_type: TextList = Field(default_factory=list, examples=[["DOOR"]])
    """PredefinedType; in any case."""
    storey: TextList = Field(default_factory=list, examples=[["Level 1"]])
    """GlobalId or name of the storey."""
    type: TextList = Field(default_factory=list, examples=[["Single-Flush:0915 x 2134mm"]])
    """GlobalId of the type object, or ObjectType."""
    material: TextList = Field(default_factory=list, examples=[["concrete"]])
    """Part of the name of a material, in any case."""
    classification: TextList = Field(default_factory=list, examples=[["Uniclass"]])
    """Part of a classification, `system: code title`, in any case."""
    layer: TextList = Field(default_factory=list, examples=[["A-DOOR"]])
    """Name of a presentation layer."""
    name: TextList = Field(default_factory=list, examples=[["entrance"]])
    """Part of the name, in any case."""
    text: TextList = Field(default_factory=list, examples=[["entrance"]])
    """Part of the name, the ObjectType or the Tag, in any case; or the whole GlobalId."""
    condition: Conditions = Field(default_factory=list, alias="property", examples=[["Pset_DoorCommon.FireRating<90"]])
    """Condition on a property or quantity: `[Set.]Name`, then =, !=, <, <=, >, >= or contains with a value, or exists.
    A number may have a unit (`Width>=900 mm`). If given twice, both must hold."""

    def conditions(self) -> tuple[Condition, ...]:
        """Return the conditions on properties; a Problem for one that is not valid."""
        return parse_conditions(self.condition)

    def scans(self) -> list[Scan]:
        """Return the scans whose rows are worth keeping."""
        texts = [Scan()] if self.reads_texts_only() else []
        return [*texts, *(Scan(condition.path) for condition in self.conditions())]

    def artifacts(self, others: Sequence[Scan] = ()) -> list[str]:
        """Return the artifacts that its selection reads, and scans of other properties."""
        return ["elements.parquet", *(["properties.parquet"] if self.conditions() or others else [])]

    def reads_texts_only(self) -> bool:
        """Return whether it tests texts of the elements, and no columns that are not kept."""
        others = ("predefined_type", "storey", "type", "material", "classification", "layer")
        return bool(self.name or self.text) and not any(getattr(self, name) for name in others)


class Selection:
    """The SQL that selects the elements of some models; files at the same place belong to one model."""

    def __init__(
        self, filters: ElementFilter, files: Sequence[Sequence[Path]], sources: Sources = MappingProxyType({})
    ) -> None:
        """Take elements.parquet, and properties.parquet if a statement reads it, of each model, and their kept rows."""
        self._filters, self._files, self._sources = filters, files, sources
        self.parameters = Parameters()
        self.conditions = filters.conditions()
        self._elements = self.parameters.add([str(paths[0]) for paths in files])
        self._properties = self.parameters.add([str(paths[1]) for paths in files if len(paths) > 1])
        # The properties repeat the class: far fewer rows have to be joined.
        self._classes = self._class_test(filters)
        # Each product has a row of its own among the elements; groups and the like have properties only.
        self._by_properties = bool(self.conditions) and _names_products_only(filters)
        self.where = " AND ".join(self._tests(filters))

    @property
    def elements(self) -> str:
        """The table of all elements; `model` is the place of the file."""
        return f"(SELECT *, file_index AS model FROM read_parquet({self._elements}))"

    @property
    def properties(self) -> str:
        """The table of all properties."""
        return f"(SELECT *, file_index AS model FROM read_parquet({self._properties}))"

    def property_rows(self, path: str) -> str:
        """Return a table that has all rows of a property, and perhaps others."""
        return self._kept(Scan(path)) or self.properties

    @property
    def conditions_sql(self) -> str:
        """The WITH clause: for each condition the objects that meet it."""
        tables = [
            f"condition{place} AS MATERIALIZED (SELECT model, step_id FROM {self.property_rows(condition.path)}"
            f" WHERE {self._classes} AND {condition.sql(self.parameters)})"
            for place, condition in enumerate(self.conditions)
        ]
        return f"WITH {', '.join(tables)}" if tables else ""

    @property
    def keys(self) -> str:
        """The table of the selected elements: model and STEP id.

        Classes and conditions alone need the properties only, which repeat the class.
        """
        if self._by_properties:
            tables = [f"SELECT model, step_id FROM condition{place}" for place in range(len(self.conditions))]
            return f"(SELECT DISTINCT model, step_id FROM ({' INTERSECT '.join(tables)}))"
        elements = (self._filters.reads_texts_only() and self._kept(Scan())) or self.elements
        return f"(SELECT model, step_id FROM {elements} WHERE {self.where})"

    def only(self, places: Sequence[int]) -> "Selection":
        """Return the selection of the models at some places."""
        sources = {
            scan: (table, [numbers[place] for place in places]) for scan, (table, numbers) in self._sources.items()
        }
        return Selection(self._filters, [self._files[place] for place in places], sources)

    def key_table(self, keys: Sequence[Key]) -> str:
        """Return a table with the places of models and the STEP ids of elements."""
        models, step_ids = (self.parameters.add([key[side] for key in keys]) for side in (0, 1))
        return f"(SELECT unnest({models}) AS model, unnest({step_ids}) AS step_id)"

    def execute(self, cursor: Cursor, sql: str) -> Cursor:
        """Run a statement made of this selection."""
        return cursor.execute(sql, self.parameters.used_in(sql))

    def _kept(self, scan: Scan) -> str | None:
        if scan not in self._sources:
            return None
        table, numbers = self._sources[scan]
        add = self.parameters.add
        models = f"SELECT unnest({add(numbers)}) AS file, unnest({add(list(range(len(numbers))))}) AS model"
        return f"(SELECT * FROM {table} JOIN ({models}) USING (file))"

    def _tests(self, filters: ElementFilter) -> Iterator[str]:
        add, any_of = self.parameters.add, self.parameters.any_of
        yield self._classes
        if filters.predefined_type:
            yield f"upper(predefined_type) IN {any_of(name.upper() for name in filters.predefined_type)}"
        if filters.storey:
            values = any_of(filters.storey)
            yield f"(storey_global_id IN {values} OR storey_name IN {values})"
        if filters.type:
            values = any_of(filters.type)
            yield f"(type_global_id IN {values} OR object_type IN {values})"
        if filters.layer:
            yield f"list_has_any(layers, [{any_of(filters.layer)[1:-1]}])"
        for column, parts in (("materials", filters.material), ("classifications", filters.classification)):
            if parts:
                text = f"lower(array_to_string({column}, chr(10)))"
                yield _any(f"contains({text}, lower({add(part)}))" for part in parts)
        if filters.name:
            yield _any(f"contains(lower(name), lower({add(part)}))" for part in filters.name)
        if filters.text:
            yield _any(self._text(part) for part in filters.text)
        for place in range(len(self.conditions)):
            yield f"(model, step_id) IN (SELECT model, step_id FROM condition{place})"

    def _class_test(self, filters: ElementFilter) -> str:
        if not filters.ifc_class:
            return "true"
        expand = with_subclasses if filters.subclasses else lambda name: [ifc_spelling(name)]
        classes = {name for given in filters.ifc_class for name in expand(given)}
        return f"class IN {self.parameters.any_of(sorted(classes))}"

    def _text(self, part: str) -> str:
        value = self.parameters.add(part)
        columns = ("name", "object_type", "tag")
        return _any([f"global_id = {value}", *(f"contains(lower({column}), lower({value}))" for column in columns)])


def _names_products_only(filters: ElementFilter) -> bool:
    others = ("predefined_type", "storey", "type", "material", "classification", "layer", "name", "text")
    if not filters.ifc_class or any(getattr(filters, name) for name in others):
        return False
    return {ifc_spelling(name) for name in filters.ifc_class} <= set(with_subclasses("IfcProduct"))


def _any(tests: Iterator[str] | list[str]) -> str:
    return f"({' OR '.join(tests)})"
