"""Equal keys, equal artifacts: every option counts, and nothing else does."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifcjob.options import (
    GltfOptions,
    MetadataOptions,
    Operations,
    PropertiesOptions,
    SpatialTreeOptions,
)
from ifcjob.resource import IfcJobSpec
from ifcjob.status import ObservedInput
from ifcjob_operator.planning.content_key import SETS, content_keys
from tests.support.builders import SHA256

NAMESPACE = "default"
RUNNER = "0.1.0@runner:1"
INPUT = ObservedInput(uri="s3://models/house.ifc", bytes=7, etag="e1", sha256=SHA256)
ALL = {
    "metadata": MetadataOptions(),
    "spatial_tree": SpatialTreeOptions(),
    "properties": PropertiesOptions(),
    "gltf": GltfOptions(),
}
ORDERED = {"originOffset"}
"""Lists whose order means something."""


def a_spec(operations: Operations | dict[str, Any] | None = None, **fields: Any) -> IfcJobSpec:
    fields.setdefault("source", {"s3": {"bucket": "models", "key": "house.ifc"}})
    return IfcJobSpec.model_validate({"operations": operations or {}} | fields)


def key(operations: Operations | dict[str, Any] | None = None, **fields: Any) -> str:
    return content_keys(NAMESPACE, a_spec(operations, **fields), INPUT, RUNNER)[0]


def another(annotation: Any, default: Any) -> Any:
    """Return a value of a field's type that is not its default."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(kind for kind in get_args(annotation) if kind is not NoneType)
    if get_origin(annotation) is Literal:
        return next(value for value in get_args(annotation) if value != default)
    if get_origin(annotation) is list:
        return [another(get_args(annotation)[0], None)]
    if get_origin(annotation) is tuple:
        return (1.0, 2.0, 3.0)
    if hasattr(annotation, "__metadata__"):
        return another(annotation.__origin__, default)
    return {float: 0.5, int: 7, bool: not default, str: "IfcWall"}[annotation]


def every_option() -> Iterator[tuple[str, str, Any]]:
    """Yield every option of every operation with a value that is not its default."""
    for name, options in ALL.items():
        for option, field in type(options).model_fields.items():
            yield name, option, another(field.annotation, field.get_default(call_default_factory=True))


@pytest.mark.parametrize(("operation", "option", "value"), [pytest.param(*row, id=row[1]) for row in every_option()])
def test_every_option_changes_the_key(operation: str, option: str, value: Any) -> None:
    # The one option that another one belongs to.
    values = {option: value} | ({"origin": "explicit"} if option == "origin_offset" else {})
    if option == "origin":
        values = {"origin": "none"}
    options = type(ALL[operation]).model_validate(values)
    assert options != ALL[operation]
    assert key(Operations.model_validate(ALL | {operation: options})) != key(Operations.model_validate(ALL))


def test_the_explicit_offset_is_part_of_the_key() -> None:
    keys = {
        key({"gltf": {"origin": "explicit", "originOffset": offset}}) for offset in ([1, 2, 3], [1, 2, 4], [3, 2, 1])
    }
    assert len(keys) == 3


def test_omitting_an_operation_changes_the_key() -> None:
    some = [dict(list(ALL.items())[:n]) for n in range(1, 5)] + [{name: options} for name, options in ALL.items()]
    assert len({key(Operations.model_validate(operations)) for operations in some}) == 7, "metadata alone comes twice"


def test_no_operations_mean_all_four_and_explicit_defaults_change_nothing() -> None:
    aloud = {name: type(o).model_validate(o.model_dump()) for name, o in ALL.items()}
    assert key() == key(Operations()) == key(Operations.model_validate(ALL)) == key(Operations.model_validate(aloud))


def test_every_list_is_known_as_ordered_or_unordered() -> None:
    lists = {
        field.alias or name
        for options in ALL.values()
        for name, field in type(options).model_fields.items()
        if any(get_origin(kind) in (list, tuple) for kind in (field.annotation, *get_args(field.annotation)))
    }
    assert lists == set(SETS) | ORDERED


@given(st.data())
def test_order_and_duplicates_in_sets_do_not_change_the_key(data: st.DataObject) -> None:
    words = st.lists(st.text("abcÄ0", min_size=1, max_size=3), min_size=1, max_size=5)
    names = data.draw(words)
    again = data.draw(st.permutations(names)) + data.draw(st.lists(st.sampled_from(names), max_size=2))
    for option in ("includeClasses", "excludeClasses", "includeGlobalIds", "excludeGlobalIds", "storeys", "contexts"):
        assert key({"gltf": {option: names}}) == key({"gltf": {option: again}})
    assert key({"properties": {"formats": ["csv", "xlsx"]}}) == key({"properties": {"formats": ["xlsx", "csv"]}})
    assert key({"gltf": {"storeys": names}}) != key({"gltf": {"storeys": [*names, "one more"]}})


def test_different_names_never_give_the_same_key() -> None:
    assert key({"gltf": {"storeys": ["a", "b"]}}) != key({"gltf": {"storeys": ["a,b"]}})
    assert key({"gltf": {"storeys": ['a","b']}}) != key({"gltf": {"storeys": ["a", "b"]}})


NOT_IN_IT = {
    "output": {"s3": {"bucket": "elsewhere"}},
    "queue": "other",
    "priority": 9,
    "suspend": True,
    "cancel": True,
    "resources": {"cpu": "4"},
    "retry": {"limit": 1},
    "startDeadlineSeconds": 60,
    "activeDeadlineSeconds": 60,
    "ttlSecondsAfterFinished": 60,
    "cache": "Refresh",
    "coverage": {"minimum": 1, "onShortfall": "Fail"},
    "pod": {"nodeSelector": {"disk": "fast"}},
    "notifications": [{"url": "https://hooks.example.com", "secretRef": {"name": "hooks"}}],
    "source": {"s3": {"bucket": "models", "key": "house.ifc"}, "maxBytes": 10**6},
}


def test_other_fields_of_a_spec_do_not_change_the_key() -> None:
    """A new field must be put in one of the two lists."""
    assert {name for name in a_spec().model_dump(by_alias=True) if name != "operations"} == set(NOT_IN_IT)
    assert {key(None, **{name: value}) for name, value in NOT_IN_IT.items()} == {key()}


def test_a_strict_schema_changes_every_key() -> None:
    source = a_spec().source.model_copy(update={"strict_schema": True})
    lenient, strict = (content_keys(NAMESPACE, spec, INPUT, RUNNER) for spec in (a_spec(), a_spec(source=source)))
    assert len(strict) == 2
    assert not set(lenient) & set(strict)


def test_the_runner_changes_every_key() -> None:
    old, new = (content_keys(NAMESPACE, a_spec(), INPUT, runner) for runner in ("0.1.0@runner:1", "0.1.0@runner:2"))
    assert not set(old) & set(new)


def test_the_checksum_comes_before_the_etag() -> None:
    by_sha256, by_etag = content_keys(NAMESPACE, a_spec(), INPUT, RUNNER)
    moved = INPUT.model_copy(update={"uri": "s3://models/copy.ifc", "etag": "e2"})
    assert content_keys(NAMESPACE, a_spec(), moved, RUNNER)[0] == by_sha256
    unread = INPUT.model_copy(update={"sha256": None})
    assert content_keys(NAMESPACE, a_spec(), unread, RUNNER) == (by_etag,)
    assert content_keys(NAMESPACE, a_spec(), INPUT.model_copy(update={"etag": None}), RUNNER) == (by_sha256,)
    assert content_keys(NAMESPACE, a_spec(), ObservedInput(uri="pvc://claim/house.ifc"), RUNNER) == ()


def test_the_checksum_of_the_spec_takes_precedence() -> None:
    spec = a_spec(source={"s3": {"bucket": "models", "key": "house.ifc"}, "sha256": "b" * 64})
    unread = INPUT.model_copy(update={"sha256": None})
    assert content_keys(NAMESPACE, spec, unread, RUNNER)[0] == content_keys(NAMESPACE, spec, INPUT, RUNNER)[0] != key()


@pytest.mark.parametrize("field", ["uri", "etag", "bytes", "version_id"])
def test_the_etag_key_depends_on_object_and_size(field: str) -> None:
    unread = INPUT.model_copy(update={"sha256": None})
    other = unread.model_copy(update={field: 8 if field == "bytes" else "other"})
    assert content_keys(NAMESPACE, a_spec(), unread, RUNNER) != content_keys(NAMESPACE, a_spec(), other, RUNNER)


def test_different_etags_and_uris_never_give_the_same_key() -> None:
    source = ObservedInput(uri="s3://models/a:b", etag="e", bytes=7)
    other = ObservedInput(uri="s3://models/a", version_id="b:", etag="e", bytes=7)
    assert content_keys(NAMESPACE, a_spec(), source, RUNNER) != content_keys(NAMESPACE, a_spec(), other, RUNNER)


def test_another_namespace_has_other_keys() -> None:
    own, foreign = (set(content_keys(namespace, a_spec(), INPUT, RUNNER)) for namespace in ("here", "there"))
    assert own
    assert not own & foreign
