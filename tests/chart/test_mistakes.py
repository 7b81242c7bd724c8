"""Mistakes in values end at render time: a message names the value, and the right name of one that has another."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ifcjob_api.settings import ApiSettings
from ifcjob_backends.settings.environment import variable
from ifcjob_operator.settings.fields import Settings
from tests.support.chart import CHART, Refused, rendered, rendering
from tools import chart_schema

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
SETTINGS = {key: value for name in chart_schema.SETTINGS for key, value in SCHEMA["$defs"][name]["properties"].items()}
STORE = {"objectStore": {"endpoint": "https://s3.example.com", "existingSecret": {"name": "ifcjob-s3"}}}


def operator_settings(**settings: object) -> dict[str, Any]:
    """Return values with settings of the operator."""
    return {"operator": {"settings": settings}}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (operator_settings(IFCJOB_WORKER=8), "'IFCJOB_WORKER' not allowed"),
        (operator_settings(IFCJOB_WORKERS="many"), "/operator/settings/IFCJOB_WORKERS': 'many' does not match"),
        (operator_settings(IFCJOB_WORKERS=0), "/operator/settings/IFCJOB_WORKERS': minimum: got 0, want 1"),
        (
            operator_settings(IFCJOB_WORKERS=[8]),
            "/operator/settings/IFCJOB_WORKERS': got array, want integer or string",
        ),
        (operator_settings(IFCJOB_HTTP_HOSTS=["a.example.com"]), "IFCJOB_HTTP_HOSTS': got array, want string"),
        (operator_settings(IFCJOB_LOG_LEVEL="loud"), "IFCJOB_LOG_LEVEL': 'loud' does not match"),
        (operator_settings(IFCJOB_LEADER_ELECTION="maybe"), "IFCJOB_LEADER_ELECTION': 'maybe' does not match"),
        (operator_settings(IFCJOB_MAX_MEMORY="32 GB"), "IFCJOB_MAX_MEMORY': '32 GB' does not match"),
        (operator_settings(IFCJOB_TTL_SECONDS_AFTER_FINISHED="forever"), "'forever' does not match"),
        (operator_settings(IFCJOB_PORT=9090), "'IFCJOB_PORT' not allowed"),
        (operator_settings(IFCJOB_SHARDS=2), "value must be 'set as operator.shards'"),
        ({"api": {"settings": {"IFCJOB_API_AUTH_MODE": "none"}}}, "value must be 'set as api.auth.mode'"),
        ({"operator": {"replicas": 0}}, "/operator/replicas': minimum: got 0, want 1"),
        ({"api": {"replicas": 0}}, "/api/replicas': minimum: got 0, want 1"),
        ({"web": {"replicas": 0}}, "/web/replicas': minimum: got 0, want 1"),
        ({"image": {"registry": ""}}, "/image/registry': '' does not match"),
        ({"image": {"registry": "https://ghcr.io"}}, "/image/registry': 'https://ghcr.io' does not match"),
        ({"image": {"registry": "ghcr.io/"}}, "/image/registry': 'ghcr.io/' does not match"),
        ({"bundled": {"postgresql": {"image": {"registry": ""}}}}, "/bundled/postgresql/image/registry': '' does"),
        ({"operator": {"image": {"repository": ""}}}, "/operator/image/repository': '' does not match"),
        ({"operator": {"image": {"tag": "v1:2"}}}, "/operator/image/tag': 'v1:2' does not match"),
        ({"operator": {"resources": {"limits": {"memory": "512m"}}}}, "/limits/memory': '512m' does not match"),
        ({"api": {"resources": {"requests": {"cpu": "two"}}}}, "/requests/cpu': 'two' does not match"),
        ({"web": {"resources": {"limits": {"ephemeral-storage": "1GB"}}}}, "ephemeral-storage': '1GB' does not"),
        ({"runner": {"maxMemory": "16GB"}}, "/runner/maxMemory': '16GB' does not match"),
        ({"queues": [{"name": "default", "budget": {"cpu": "8 cores"}}]}, "/budget/cpu': '8 cores' does not match"),
        ({"queues": [{"name": "default", "budget": {"cpu": 1.5}}]}, "/budget/cpu': got number, want integer or string"),
        (
            {"queues": [{"name": "default", "podDefaults": {"resources": {"cpu": 0.5}}}]},
            "/podDefaults/resources/cpu': got number, want integer or string",
        ),
        ({"runner": {"defaults": {"resources": {"cpu": "two"}}}}, "/resources/cpu': 'two' does not match"),
        ({"objectStore": {"outputBucket": "s3://artifacts"}}, "/objectStore/outputBucket': 's3://artifacts' does not"),
        ({**STORE, "bundled": {"objectStore": {"enabled": True}}}, "bundled.objectStore.enabled: nothing would use it"),
        (
            {"database": {"existingSecret": {"name": "db"}}, "bundled": {"postgresql": {"enabled": True}}},
            "bundled.postgresql.enabled: nothing would use it",
        ),
        ({"image": {"tag": "1.0"}}, "/image/tag': value must be 'set as operator.image.tag, runner.image.tag"),
        (
            {"operator": {"image": {"registry": "a"}}},
            "/operator/image/registry': value must be 'set as image.registry'",
        ),
        (
            {"imagePullSecrets": [{"name": "a"}]},
            "value must be 'set as image.pullSecrets and runner.defaults'",
        ),
    ],
    ids=str,
)
def test_a_mistake_is_refused_with_the_name_of_the_value(values: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused) as refused:
        rendering(values)
    assert message in str(refused.value)


def test_buckets_may_be_empty() -> None:
    assert rendered({"objectStore": {"outputBucket": "", "uploadBucket": ""}})


@pytest.mark.parametrize(
    "settings",
    [
        {"IFCJOB_WORKERS": 8, "IFCJOB_LEADER_ELECTION": True},
        {"IFCJOB_WORKERS": "8", "IFCJOB_LEADER_ELECTION": "false", "IFCJOB_RESYNC_SECONDS": ""},
        {"IFCJOB_TTL_SECONDS_AFTER_FINISHED": "never", "IFCJOB_HTTP_HOSTS": "a.example.com,*.example.org"},
    ],
)
def test_settings_are_accepted_as_values_and_as_text(settings: dict[str, Any]) -> None:
    assert rendered(operator_settings(**settings))


def test_settings_of_the_schema_are_those_of_the_models() -> None:
    assert chart_schema.current() == (CHART / "values.schema.json").read_text(encoding="utf-8"), "run `make generate`"
    for kind, name in ((Settings, "operatorSettings"), (ApiSettings, "apiSettings")):
        known = {variable(kind, field) for field in kind.model_fields}
        assert SCHEMA["$defs"][name]["properties"].keys() == known - chart_schema.FIXED


def wrong_names(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, list[str]]]:
    """List the names that the schema refuses, each with the values that it suggests."""
    for name, part in schema.get("properties", {}).items():
        if "$ref" in part:
            yield from wrong_names(SCHEMA["$defs"][part["$ref"].rpartition("/")[2]], f"{path}{name}.")
        elif "const" in part:
            yield f"{path}{name}", re.split(", | and | or ", part["const"].removeprefix("set as "))
        else:
            yield from wrong_names(part, f"{path}{name}.")


@pytest.mark.parametrize(("name", "suggestions"), list(wrong_names(SCHEMA)), ids=str)
def test_a_wrong_name_suggests_values_that_exist(name: str, suggestions: list[str]) -> None:
    assert not exists(name)
    assert [suggestion for suggestion in suggestions if not exists(suggestion)] == []


def exists(path: str) -> bool:
    """Tell whether values.yaml has a value, or whether it is a setting."""
    tree: Any = DEFAULTS
    for name in path.split("."):
        if name.startswith("IFCJOB_"):
            return "const" not in SETTINGS[name]
        if not isinstance(tree, dict) or name not in tree:
            return False
        tree = tree[name]
    return True
