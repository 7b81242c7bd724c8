"""Values, metrics, Secrets, objects and files that the documentation names exist, under these names."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from ifcjob_api.reference import metrics_page as api_metrics_page
from ifcjob_operator.reference import metrics_page
from tests.architecture.documents import GUIDES, blocks, code, manifests, mappings, name
from tests.architecture.tracked import ROOT, tracked
from tests.support.chart import rendered
from tools.cluster.helm import CHART

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
FILES = (".md", ".json", ".py", ".yaml", ".dump")
PACKAGES = {path.parent.name for path in ROOT.glob("*/ifcjob_*/__init__.py")}
FOREIGN = {"keda-operator", "prometheus-operated"}
"""Objects of other projects that pages name."""
GENERATED = {"dist/images.yaml"}


def accepts(path: str) -> bool:
    """Tell whether the chart's schema has a value."""
    schema = SCHEMA
    for part in path.split("."):
        while "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
        known = schema.get("properties", {})
        if part not in known and schema.get("additionalProperties", True) is False:
            return False
        schema = known.get(part) or schema.get("additionalProperties") or {}
        schema = schema if isinstance(schema, dict) else {}
        if "const" in schema:
            return False
    return True


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_values_in_the_docs_are_values_of_the_chart(page: Path) -> None:
    text = code(page)
    named = re.findall(r"^([a-z][A-Za-z]*(?:\.[A-Za-z][A-Za-z0-9_]*)+)(?:[:=] ?.*)?$", text, re.MULTILINE)
    named = [path for path in named if path.partition(".")[0] in DEFAULTS and not path.endswith(FILES)]
    named += re.findall(r"--set(?:-string|-json)?[ =]([A-Za-z.]+)=", text)
    assert [path for path in named if not accepts(path)] == []


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_yaml_values_in_the_docs_match_the_schema(page: Path) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    values = [item for item in manifests(page) if isinstance(item, dict) and item.keys() <= DEFAULTS.keys()]
    errors = [error for item in values for error in validator.iter_errors(item)]
    # A digest that is too long for the page ends with an ellipsis.
    assert [f"{error.json_path}: {error.message}" for error in errors if "…" not in str(error.instance)] == []


@cache
def metrics() -> set[str]:
    """Return the names of all metrics, with those of a histogram's parts."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", metrics_page() + api_metrics_page(), re.MULTILINE)
    parts = {f"{metric}_{part}" for metric, kind in rows if kind == "histogram" for part in ("bucket", "sum", "count")}
    return {metric for metric, _ in rows} | parts


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_metrics_in_the_docs_exist(page: Path) -> None:
    named = set(re.findall(r"(?<![\w./-])ifcjob_[a-z_]+(?![\w./-]*/)", code(page)))
    assert named - metrics() - PACKAGES == set()


@cache
def objects() -> list[dict[str, Any]]:
    """Return the objects of a release `ifcjob` with everything switched on."""
    made: list[dict[str, Any]] = rendered(
        yaml.safe_load((ROOT / "tests" / "chart" / "values" / "all-on.yaml").read_text(encoding="utf-8"))
    )
    return made


def made_secrets(page: Path) -> set[str]:
    """Return the names of the Secrets that the commands and manifests of a page create."""
    names = set(re.findall(r"create secret [a-z-]+ ([\w.-]+)", code(page)))
    for manifest in manifests(page):
        kind = manifest.get("kind") if isinstance(manifest, dict) else None
        spec = manifest.get("spec", {}) if kind else {}
        if kind in {"Secret", "ExternalSecret", "SealedSecret"}:
            names.add(spec.get("target", manifest["metadata"])["name"])
        elif kind == "VaultStaticSecret":
            names.add(spec["destination"]["name"])
        elif kind == "Cluster":  # CloudNativePG's credentials of the application
            names.add(f"{manifest['metadata']['name']}-app")
    return names


def named_secrets(page: Path) -> set[str]:
    """Return the names of the Secrets that a page uses in values, manifests and commands."""
    text = code(page)
    names = set(re.findall(r"existingSecret: (?:\{name: )?([\w.-]+)", text))
    names |= set(re.findall(r"\bsecret/([\w.-]+)", text))
    commands = re.findall(
        r"kubectl(?: -\S+| --namespace \S+)* (?:get|delete|describe) secret((?: --?\S+ \S+)*) ([\w.-]+)", text
    )
    names |= {secret for _, secret in commands}
    for mapping in mappings(manifests(page)):
        names |= {mapping["secretName"]} if isinstance(mapping.get("secretName"), str) else set()
        references = [
            value for key, value in mapping.items() if re.fullmatch("(?i).*secret(key)?ref|.*accesskey(id)?", key)
        ]
        names |= {value["name"] for value in references if isinstance(value, dict) and "name" in value}
    return names


def linked(page: Path) -> list[Path]:
    """List the pages that a page links to."""
    targets = re.findall(r"\]\((?!https?://)([^)#]+\.md)", page.read_text(encoding="utf-8"))
    return [(page.parent / target).resolve() for target in targets]


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_secrets_in_the_docs_are_created_under_their_name(page: Path) -> None:
    """By the page, by one that it links to, or by the chart."""
    made = {item["metadata"]["name"] for item in objects() if item["kind"] == "Secret"}
    made |= {tls["secretName"] for item in objects() if item["kind"] == "Ingress" for tls in item["spec"]["tls"]}
    made = made.union(*(made_secrets(source) for source in [page, *linked(page)]))
    assert named_secrets(page) - made == set()


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_objects_in_commands_exist(page: Path) -> None:
    kinds = "deploy|deployment|service|svc|statefulset|configmap|serviceaccount|pvc"
    named = set(re.findall(rf"(?<![\w./-])(?:{kinds})/([a-z][a-z0-9.-]*)", code(page)))
    made = {item["metadata"]["name"] for item in objects()}
    made |= {item["metadata"]["name"] for item in manifests(page) if isinstance(item, dict) and "metadata" in item}
    assert named - made - FOREIGN == set()


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_files_in_the_docs_exist(page: Path) -> None:
    # Of the project: `make demo` leaves a folder whose files pages name, too.
    folders = "|".join({"dist"} | {path.relative_to(ROOT).parts[0] for path in tracked() if path.parent != ROOT})
    named = set(re.findall(rf"(?<![\w./:-])((?:{folders})/[\w./-]*\w)", code(page)))
    named = {path for path in named if "." in path.rpartition("/")[2]} - GENERATED
    named |= {f"charts/ifcjob/{path}" for path in re.findall(r"--show-only (templates/\S+)", code(page))}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_patterns_above_find_names() -> None:
    how_to = ROOT / "docs" / "how-to"
    assert "`objectStore.ca.configMap`" in (how_to / "private-storage.md").read_text(encoding="utf-8")
    assert not accepts("objectStore.certificate")
    assert accepts("monitoring.prometheusRule.alerts")
    assert named_secrets(how_to / "secrets.md") >= {"ifcjob-s3", "ifcjob-database", "ifcjob-tokens", "ifcjob-sts"}
    assert "ifcjob-s3" in made_secrets(how_to / "install.md")
    assert blocks(how_to / "install.md", "yaml")
    assert {"ifcjob_leading", "ifcjob_admission_seconds_bucket"} <= metrics()
