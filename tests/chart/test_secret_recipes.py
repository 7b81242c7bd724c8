"""The recipes of docs/how-to/secrets.md fit the chart: values render, and the operator mounts the created keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.chart import SYSTEM, named, rendered

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "secrets.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
DOCUMENTS = [document for block in BLOCKS for document in yaml.safe_load_all(block)]
VALUES = [document for document in DOCUMENTS if "apiVersion" not in document]
TLS = next(values for values in VALUES if "ca" in values.get("database", {}))
SOURCES = [document for document in DOCUMENTS if document.get("kind") in ("ExternalSecret", "VaultStaticSecret")]


def mounted(values: dict[str, Any]) -> dict[str, set[str]]:
    """Return the mounted keys of each Secret of the operator."""
    pod = named(rendered(values), "Deployment")["ifcjob-operator"]["spec"]["template"]["spec"]
    sources = [
        source["secret"] for volume in pod["volumes"] for source in volume["projected"]["sources"] if "secret" in source
    ]
    return {source["name"]: {item["key"] for item in source["items"]} for source in sources}


def test_secrets_page_has_all_recipes() -> None:
    assert len(VALUES) == 6
    assert [source["kind"] for source in SOURCES] == ["ExternalSecret"] * 3 + ["VaultStaticSecret"]
    assert {source["metadata"]["namespace"] for source in SOURCES} == {SYSTEM}


@pytest.mark.parametrize("values", VALUES, ids=" ".join)
def test_chart_accepts_the_values_of_the_secrets_page(values: dict[str, Any]) -> None:
    assert named(rendered(values), "Deployment")


def test_only_the_certificate_of_cloudnativepgs_authority_is_mounted() -> None:
    secrets = mounted(TLS)
    assert (secrets["catalog-app"], secrets["catalog-ca"]) == ({"uri"}, {"ca.crt"})


@pytest.mark.parametrize("source", [entry for entry in SOURCES if entry["kind"] == "ExternalSecret"])
def test_operator_mounts_the_keys_of_each_external_secret(source: dict[str, Any]) -> None:
    target = source["spec"]["target"]
    keys = set(target.get("template", {}).get("data", {})) or {entry["secretKey"] for entry in source["spec"]["data"]}
    expected = [secrets[target["name"]] for values in VALUES if target["name"] in (secrets := mounted(values))]
    assert keys in expected, f"{target['name']} has {keys}, the operator mounts {expected}"


def test_settings_name_the_files_of_the_vault_agent() -> None:
    values = next(item for item in VALUES if "podAnnotations" in item.get("operator", {}))
    template = named(rendered(values), "Deployment")["ifcjob-operator"]["spec"]["template"]
    written = {
        f"/vault/secrets/{name.partition('agent-inject-secret-')[2]}"
        for name in template["metadata"]["annotations"]
        if "agent-inject-secret-" in name
    }
    settings = {item["name"]: item.get("value", "") for item in template["spec"]["containers"][0]["env"]}
    assert written == {value for value in settings.values() if value.startswith("/vault/")}
    assert settings.keys() >= {"IFCJOB_S3_ENDPOINT", "IFCJOB_OUTPUT_BUCKET"}
    assert mounted(values).keys() == {"ifcjob-operator"}, "only the tokens that the chart makes"
