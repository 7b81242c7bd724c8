"""values.yaml and its schema agree, unknown values are rejected, and every value has an effect."""

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
# Kubernetes objects that are passed through, and Helm's own values.
FREE = re.compile(
    r"^(global|.*\.affinity|extraObjects|.*\.valueFrom|.*\.(configMap|secret)Ref"
    r"|.*(\.tolerations|[cC]onstraints|[rR]elabelings|matchExpressions|triggers|Containers|extraVolumes|extraVolumeMounts))$"
)


def resolved(schema: Schema) -> Schema:
    """Follow a reference."""
    if "$ref" in schema:
        return resolved(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    return schema


def with_typos(schema: Schema, path: Path_ = ()) -> tuple[Any, list[str]]:
    """Return a value with `typo` in each object of a schema, and the paths of these objects."""
    schema = resolved(schema)
    kinds = schema.get("type", ())
    if "array" in kinds and "items" in schema:
        item, paths = with_typos(schema["items"], (*path, "0"))
        return [item], paths
    if "object" not in kinds:
        return None, []
    made: dict[str, Any] = {}
    paths = []
    for name, part in schema.get("properties", {}).items():
        made[name], deeper = with_typos(part, (*path, name))
        paths += deeper
    if isinstance(schema.get("additionalProperties"), dict):
        # Labels and similar maps accept any name.
        return made, paths
    if not FREE.match(".".join(part for part in path if part != "0")):
        paths.append("/" + "/".join(path) if path else "")
        made["typo"] = 1
    return made, paths


def test_schema_rejects_unknown_values_at_every_level() -> None:
    given, places = with_typos(SCHEMA)
    assert len(places) > 60
    with pytest.raises(Refused) as refused:
        rendering(given)
    message = str(refused.value)
    accepted = [place for place in places if not re.search(rf"at '{re.escape(place)}': .*'typo'", message)]
    assert accepted == []


def described(schema: Schema, path: Path_ = ()) -> Iterator[Path_]:
    """List the values of the schema, without those in lists and shared definitions."""
    for name, value in schema.get("properties", {}).items():
        if "const" in value:
            continue  # another name for a value, which is refused: see test_mistakes.py
        yield (*path, name)
        yield from described(value, (*path, name))


def given(tree: dict[str, Any], path: Path_ = ()) -> Iterator[Path_]:
    """List the values of values.yaml."""
    for name, value in tree.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from given(value, (*path, name))


def test_every_value_of_the_schema_has_a_default() -> None:
    assert set(described(SCHEMA)) - set(given(DEFAULTS)) == {("enabled",), ("global",)}


def at(tree: Any, path: Path_) -> Any:
    """Return the value at a path, or None."""
    for name in path:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def leaves(tree: dict[str, Any], path: Path_ = ()) -> Iterator[Path_]:
    """List the values without nested values."""
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name)


def others(path: Path_) -> list[Any]:
    """Return alternatives to the default, at least one of which the schema accepts."""
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
        return [
            {"changed": "yes"},
            {"IFCJOB_WORKERS": 77},
            {"IFCJOB_API_SNAPSHOT_JOBS": 77},
            {"searches": ["changed"]},
            {"priorityClassName": "changed"},
        ]
    if isinstance(now, str):
        # One of them matches the schema's pattern.
        return ["changed", "http://changed.example.com", "7Gi", "77s", "77m", f"sha256:{'7' * 64}"]
    return LISTS


PEERS = [{"podSelector": {"matchLabels": {"changed": "yes"}}}]
LISTS = [
    *(["changed"], PEERS, ["192.0.2.0/24"], [77], [{"changed": "yes"}], [{"name": "changed"}], ["Audit"]),
    *(
        [{"prefix": "changed"}],
        [{"name": "changed", "mountPath": "/changed"}],
        [{"name": "changed", "image": "changed"}],
    ),
    [{"ip": "192.0.2.1", "hostnames": ["changed"]}],
    [{"name": "changed", "endpoint": "https://changed.example.com", "credentials": "role"}],
]


def without_chance(rendering: str) -> str:
    """Remove randomly generated values."""
    return re.sub(r"(?m)^( +(?:[a-z-]*(?:key|token|password|url)): ).*$", r"\1", rendering)


def has_effect(path: Path_, case: str) -> bool:
    """Tell whether another value changes the rendered objects of a case."""
    before = without_chance(text(case))
    for other in others(path):
        changed = copy.deepcopy(values(case))
        *parents, name = path
        tree = functools.reduce(lambda level, parent: level.setdefault(parent, {}), parents, changed)
        tree[name] = other
        try:
            after = rendering(changed)
        except Refused as refused:
            # A value that the schema rejects proves nothing; one that a template rejects is read.
            if "values don't meet the specifications" in str(refused):
                continue
            return True
        return without_chance(after) != before
    pytest.fail(f"the schema takes none of {others(path)}")


def values_to_test() -> list[Path_]:
    """List the values to test, with one alert, and one field of objects that become a part of a pod as they are."""
    alerts = ("monitoring", "prometheusRule", "alerts")
    given = re.compile(r"[sS]ecurityContext|Probe$")
    tested = {"runAsUser", "readOnlyRootFilesystem", "periodSeconds"}
    return [
        path
        for path in leaves(DEFAULTS)
        if (path[:3] != alerts or path[3] == "IfcjobFailures")
        and (not any(given.search(name) for name in path[:-1]) or path[-1] in tested)
    ]


@pytest.mark.parametrize("path", values_to_test(), ids=".".join)
def test_every_value_has_an_effect(path: Path_) -> None:
    assert any(has_effect(path, case) for case in ("everything", "bundled", "high-availability", "namespaced"))
