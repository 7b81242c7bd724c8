"""The recipes of docs/how-to/secrets.md fit the chart: its values render, and what is brought is what is mounted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.chart import SYSTEM, named, rendered

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "secrets.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
DOCUMENTS = [each for block in BLOCKS for each in yaml.safe_load_all(block)]
VALUES = [each for each in DOCUMENTS if "apiVersion" not in each]
SOURCES = [each for each in DOCUMENTS if each.get("kind") in ("ExternalSecret", "VaultStaticSecret")]


def mounted(values: dict[str, Any]) -> dict[str, set[str]]:
    """Return the entries of each Secret that the operator mounts."""
    pod = named(rendered(values), "Deployment")["ifcjob-operator"]["spec"]["template"]["spec"]
    sources = [
        source["secret"] for volume in pod["volumes"] for source in volume["projected"]["sources"] if "secret" in source
    ]
    return {source["name"]: {item["key"] for item in source["items"]} for source in sources}


def test_secrets_page_has_all_recipes() -> None:
    assert len(VALUES) == 3
    assert [each["kind"] for each in SOURCES] == ["ExternalSecret"] * 3 + ["VaultStaticSecret"]
    assert {each["metadata"]["namespace"] for each in SOURCES} == {SYSTEM}


@pytest.mark.parametrize("values", VALUES, ids=" ".join)
def test_chart_accepts_the_values_of_the_secrets_page(values: dict[str, Any]) -> None:
    assert named(rendered(values), "Deployment")


@pytest.mark.parametrize("source", [each for each in SOURCES if each["kind"] == "ExternalSecret"])
def test_operator_mounts_the_keys_of_each_external_secret(source: dict[str, Any]) -> None:
    target = source["spec"]["target"]
    made = set(target.get("template", {}).get("data", {})) or {each["secretKey"] for each in source["spec"]["data"]}
    wanted = [found[target["name"]] for values in VALUES if target["name"] in (found := mounted(values))]
    assert made in wanted, f"{target['name']} has {made}, the operator mounts {wanted}"


def test_settings_name_the_files_of_the_vault_agent() -> None:
    values = next(each for each in VALUES if "podAnnotations" in each.get("operator", {}))
    template = named(rendered(values), "Deployment")["ifcjob-operator"]["spec"]["template"]
    written = {
        f"/vault/secrets/{name.partition('agent-inject-secret-')[2]}"
        for name in template["metadata"]["annotations"]
        if "agent-inject-secret-" in name
    }
    settings = {each["name"]: each.get("value", "") for each in template["spec"]["containers"][0]["env"]}
    assert written == {value for value in settings.values() if value.startswith("/vault/")}
    assert settings.keys() >= {"IFCJOB_S3_ENDPOINT", "IFCJOB_OUTPUT_BUCKET"}
    assert mounted(values).keys() == {"ifcjob-operator"}, "only the tokens that the chart makes"
