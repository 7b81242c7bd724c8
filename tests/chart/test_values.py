"""values.yaml and its schema say the same, refuse what does not exist, and every value has an effect."""

import copy
import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.chart.matrix import text, values
from tests.support.chart import CHART, Refused, rendering

Path_ = tuple[str, ...]
Schema = dict[str, Any]

SCHEMA: Schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
# Kubernetes' own objects, handed on as they are, and Helm's.
FREE = re.compile(
    r"^(global|operator\.affinity|extraObjects|.*(\.tolerations|[cC]onstraints|[rR]elabelings|matchExpressions|triggers))$"
)


def resolved(schema: Schema) -> Schema:
    """Follow a reference."""
    if "$ref" in schema:
        return resolved(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    return schema


def with_typos(schema: Schema, path: Path_ = ()) -> tuple[Any, list[str]]:
    """Return a value with `typo` in each object that a schema describes, and where these are."""
    schema = resolved(schema)
    kinds = schema.get("type", ())
    if kinds == "array" and "items" in schema:
        item, found = with_typos(schema["items"], (*path, "0"))
        return [item], found
    if kinds != "object":
        return None, []
    made: dict[str, Any] = {}
    found = []
    for name, each in schema.get("properties", {}).items():
        made[name], deeper = with_typos(each, (*path, name))
        found += deeper
    if isinstance(schema.get("additionalProperties"), dict):
        # The names of labels and the like are anyone's.
        return made, found
    if not FREE.match(".".join(each for each in path if each != "0")):
        found.append("/" + "/".join(path) if path else "")
        made["typo"] = 1
    return made, found


def test_schema_rejects_unknown_values_at_every_level() -> None:
    given, places = with_typos(SCHEMA)
    assert len(places) > 60
    with pytest.raises(Refused) as refused:
        rendering(given)
    said = str(refused.value)
    accepted = [each for each in places if not re.search(rf"at '{re.escape(each)}': .*'typo'", said)]
    assert accepted == []


def described(schema: Schema, path: Path_ = ()) -> Iterator[Path_]:
    """List the values that the schema has, those within lists and within shared definitions left out."""
    for name, each in schema.get("properties", {}).items():
        yield (*path, name)
        yield from described(each, (*path, name))


def given(tree: dict[str, Any], path: Path_ = ()) -> Iterator[Path_]:
    """List the values of values.yaml."""
    for name, each in tree.items():
        yield (*path, name)
        if isinstance(each, dict):
            yield from given(each, (*path, name))


def test_every_value_of_the_schema_has_a_default() -> None:
    assert set(described(SCHEMA)) - set(given(DEFAULTS)) == {("global",)}


def at(tree: Any, path: Path_) -> Any:
    """Return a value, or None."""
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def leaves(tree: dict[str, Any], path: Path_ = ()) -> Iterator[Path_]:
    """List the values without values below."""
    for name, each in tree.items():
        if isinstance(each, dict) and each:
            yield from leaves(each, (*path, name))
        else:
            yield (*path, name)


def others(path: Path_) -> list[Any]:
    """Return values to try in place of the default; the schema takes one of them."""
    schema = SCHEMA
    for name in path:
        inner = resolved(schema).get("properties", {})
        schema = inner[name] if name in inner else resolved(schema)["additionalProperties"]
    schema = resolved(schema)
    now = at(DEFAULTS, path)
    if "enum" in schema:
        return list(schema["enum"])
    if isinstance(now, bool):
        return [not now]
    if isinstance(now, int | float):
        return [now + 1]
    if isinstance(now, dict):
        return [{"changed": "yes"}, {"IFCJOB_CHANGED": "yes"}]
    if isinstance(now, str):
        # Whichever the schema's pattern takes.
        return ["changed", "http://changed.example.com", "7Gi", "77s", f"sha256:{'7' * 64}"]
    return LISTS


PEERS = [{"podSelector": {"matchLabels": {"changed": "yes"}}}]
LISTS = [["changed"], PEERS, ["192.0.2.0/24"], [77], [{"changed": "yes"}], [{"name": "changed"}], ["Audit"]]


def without_chance(rendering: str) -> str:
    """Leave out what is drawn by lot each time."""
    return re.sub(r"(?m)^( +(?:[a-z-]*(?:key|token|password|url)): ).*$", r"\1", rendering)


def has_effect(path: Path_, case: str) -> bool:
    """Tell whether another value than the case's changes what is rendered."""
    before = without_chance(text(case))
    for other in others(path):
        changed = copy.deepcopy(values(case))
        *parents, name = path
        tree = functools.reduce(lambda found, parent: found.setdefault(parent, {}), parents, changed)
        tree[name] = other
        try:
            after = rendering(changed)
        except Refused as refused:
            # The schema has no say in whether a value is read; a template that refuses it has.
            if "values don't meet the specifications" in str(refused):
                continue
            return True
        return without_chance(after) != before
    pytest.fail(f"the schema takes none of {others(path)}")


def tried() -> list[Path_]:
    """Leave out what this release refuses, and all alerts but one: one template makes them all."""
    alerts = ("monitoring", "prometheusRule", "alerts")
    found = [path for path in leaves(DEFAULTS) if path != ("api", "enabled")]
    return [path for path in found if path[:3] != alerts or path[3] == "IfcjobFailures"]


@pytest.mark.parametrize("path", tried(), ids=".".join)
def test_every_value_has_an_effect(path: Path_) -> None:
    assert any(has_effect(path, case) for case in ("everything", "bundled", "high-availability"))
