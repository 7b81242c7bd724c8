"""A type becomes a structural schema, or generation stops and names the field."""

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import ConfigDict, Field

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import RULES, list_map, pattern_message, rule, rules
from ifcjob.crd.completeness import fields_without_description, unbounded_fields
from ifcjob.crd.definitions import RESOURCES, Resource, resource_schema
from ifcjob.crd.structural import NotStructuralError, structural
from ifcjob.ifcqueue import IfcQueue

Text = Annotated[str, Field(max_length=8)]


class Inner(ContractType):
    """A part."""

    model_config = ConfigDict(json_schema_extra=rules(rule("has(self.a)", "give a")))

    a: int = Field(default=3, ge=0, le=9)
    """A number."""


class Bare(ContractType):
    """Nothing in it has a default."""

    b: Text | None = None
    """A text."""


class Example(ContractType):
    """Everything the generator knows."""

    needed: Text
    """Required."""
    part: Inner = Field(default_factory=Inner)
    """A part with defaults."""
    bare: Bare = Field(default_factory=Bare)
    """A part without."""
    maybe: Inner | None = None
    """A part that may be missing."""
    word: Literal["only"] = "only"
    """One word."""
    when: datetime | None = None
    """A time."""
    large: int = 0
    """Any size."""
    point: Annotated[tuple[float, float], Field()] | None = None
    """Two numbers."""
    named: dict[str, Text] = Field(default_factory=dict, max_length=2)
    """By name."""
    free: dict[str, Any] | None = Field(default=None, max_length=2)
    """Anything."""
    rows: list[Inner] = Field(default_factory=list, max_length=4, json_schema_extra=list_map("a"))
    """In a list."""
    share: Annotated[float, Field(ge=0.5, le=1)] = 1.0
    """A fraction."""
    code: (
        Annotated[str, Field(max_length=9, pattern=r"^\d+$", json_schema_extra=pattern_message("must be digits"))]
        | None
    ) = None
    """Digits."""


SCHEMA = structural(Example)["properties"]


def about(name: str) -> dict[str, Any]:
    return {key: value for key, value in SCHEMA[name].items() if key != "description"}


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        pytest.param("needed", {"type": "string", "maxLength": 8}, id="text keeps its bound"),
        pytest.param(
            "word", {"type": "string", "enum": ["only"], "default": "only"}, id="a constant is an enum of one"
        ),
        pytest.param("when", {"type": "string", "format": "date-time"}, id="a missing value is left out, not null"),
        pytest.param("large", {"type": "integer", "format": "int64", "default": 0}, id="unbounded integers are long"),
        pytest.param(
            "point",
            {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}},
            id="a tuple is an array of its length",
        ),
        pytest.param(
            "named",
            {"type": "object", "maxProperties": 2, "additionalProperties": {"type": "string", "maxLength": 8}},
            id="a map has values of its type and no default",
        ),
        pytest.param(
            "free",
            {"type": "object", "maxProperties": 2, "x-kubernetes-preserve-unknown-fields": True},
            id="a map of anything keeps everything",
        ),
        pytest.param("bare", {"type": "object"}, id="a part without defaults has none"),
        pytest.param(
            "share",
            {
                "type": "number",
                "minimum": 0.5,
                "maximum": 1,
                "default": 1.0,
                RULES: [{"rule": "self >= 0.5", "message": "must be at least 0.5"}],
            },
            id="a fractional minimum holds for whole numbers too",
        ),
        pytest.param(
            "code",
            {
                "type": "string",
                "maxLength": 9,
                RULES: [{"rule": r"self.matches('^\\d+$')", "message": "must be digits"}],
            },
            id="a pattern is a rule with a message",
        ),
    ],
)
def test_a_field_becomes_its_structural_schema(name: str, schema: dict[str, Any]) -> None:
    actual = {key: value for key, value in about(name).items() if key != "properties"}
    assert actual == schema


def test_a_nested_type_is_inlined_with_its_rules_and_the_field_description() -> None:
    inner = {
        "type": "object",
        "properties": {
            "a": {
                "type": "integer",
                "format": "int32",
                "minimum": 0,
                "maximum": 9,
                "default": 3,
                "description": "A number.",
            }
        },
        RULES: [{"rule": "has(self.a)", "message": "give a"}],
    }
    assert SCHEMA["maybe"] == {**inner, "description": "A part that may be missing."}
    assert SCHEMA["part"] == {**inner, "description": "A part with defaults.", "default": {}}
    assert about("rows")["items"] == {**inner, "description": "A part."}
    assert about("rows")["x-kubernetes-list-map-keys"] == ["a"]


class Union(ContractType):
    """Two types in one field."""

    either: int | str = 0
    """Which?"""


class Mixed(ContractType):
    """A tuple of two types."""

    pair: tuple[int, str] | None = None
    """Two."""


class Mute(ContractType):
    """A pattern that says nothing."""

    code: str = Field(default="", pattern="^a$")
    """A code."""


class Untyped(ContractType):
    """A field that may hold anything."""

    value: Any = None
    """Anything."""


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        pytest.param(Union, "Union.either: a union of 2 types", id="union"),
        pytest.param(Mixed, "Mixed.pair: a tuple of different types", id="tuple of different types"),
        pytest.param(Mute, "Mute.code: a pattern without a message", id="pattern without message"),
        pytest.param(Untyped, "Untyped.value: no type", id="anything at all"),
    ],
)
def test_an_unsupported_schema_feature_stops_the_generation(document: type[ContractType], complaint: str) -> None:
    with pytest.raises(NotStructuralError, match=complaint):
        structural(document)


class Careless(ContractType):
    """Fields without a sentence or an end."""

    undescribed: int = 0
    text: str = ""
    """Endless."""
    texts: list[str] = Field(default_factory=list, max_length=3)
    """Endless items."""
    things: list[Text] = Field(default_factory=list)
    """Endlessly many."""
    named: dict[str, str] = Field(default_factory=dict)
    """Endless both ways."""
    free: dict[str, Any] = Field(default_factory=dict)
    """Endless anything."""
    inner: Bare = Field(default_factory=Bare)
    """Fine."""


def test_fields_without_a_description_or_a_bound_are_listed() -> None:
    schema = structural(Careless)
    assert list(fields_without_description(schema, "spec")) == ["spec.undescribed"]
    assert list(unbounded_fields(schema, "spec")) == [
        "spec.text (maxLength)",
        "spec.texts[] (maxLength)",
        "spec.things (maxItems)",
        "spec.named (maxProperties)",
        "spec.named{} (maxLength)",
        "spec.free (maxProperties)",
    ]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.type.__name__)
def test_a_status_has_no_default_except_the_initial_one(resource: Any) -> None:
    def defaults(schema: dict[str, Any]) -> int:
        parts = [*schema.get("properties", {}).values(), schema.get("items", {})]
        return ("default" in schema) + sum(map(defaults, parts if any(parts) else []))

    status = dict(resource_schema(resource)["properties"]["status"])
    assert status.pop("default", {}) == resource.initial_status
    assert defaults(status) == 0


class Ifc(IfcQueue):
    """A resource whose spec is careless."""

    spec: Careless = Field(default_factory=Careless)  # type: ignore[assignment] # on purpose
    """Careless."""


def test_a_resource_without_descriptions_is_not_generated() -> None:
    with pytest.raises(NotStructuralError, match=r"without description: \['Ifc\.spec\.undescribed'\].*Ifc\.spec\.text"):
        resource_schema(Resource(Ifc, "ifcs", "i", columns=()))
