"""The chart's environment and files match the operator's settings, and its Role covers the Lease."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.settings.load import read_settings
from tests.chart.matrix import CASES, objects, values
from tests.support.chart import named
from tests.support.manifests import Manifest

DATABASE = "postgresql://ifcjob:secret@db.example.com/ifcjob"


def pods(case: str) -> dict[str, Manifest]:
    """Return a release's pods that run ifcjob's images, by the object's name."""
    specs = {
        f"{item['kind']}/{item['metadata']['name']}": item["spec"].get("template", item)["spec"]
        for item in objects(case)
        if item["kind"] in {"Deployment", "Job", "Pod"}
    }
    assert len(specs) >= 2
    return specs


def lay(case: str, pod: Manifest, root: Path) -> dict[str, str]:
    """Write a pod's mounted files below a folder, and return its environment with that folder's paths."""
    container = pod["containers"][0]
    for mount in container["volumeMounts"]:
        (volume,) = [entry for entry in pod["volumes"] if entry["name"] == mount["name"]]
        if "emptyDir" in volume:
            continue
        sources: list[dict[str, Any]] = volume["projected"]["sources"] if "projected" in volume else [volume]
        for source in sources:
            if token := source.get("serviceAccountToken"):
                (root / mount["mountPath"].lstrip("/") / token["path"]).parent.mkdir(parents=True, exist_ok=True)
                (root / mount["mountPath"].lstrip("/") / token["path"]).write_text("a.b.c", encoding="utf-8")
                continue
            # The volumes of the values have all keys of objects that the chart does not know.
            for item in (source.get("secret") or source["configMap"]).get("items", ()):
                file = root / mount["mountPath"].lstrip("/") / item["path"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content(case, source, item["key"], file), encoding="utf-8")
    written = {variable["name"]: variable["value"] for variable in container["env"] if "value" in variable}
    return {name: f"{root}{value}" if value.startswith("/etc/") else value for name, value in written.items()}


def content(case: str, source: dict[str, Any], key: str, file: Path) -> str:
    """Return the content of a Secret's or ConfigMap's key: the release's own, or an example."""
    if "configMap" in source and (made := named(objects(case), "ConfigMap").get(source["configMap"]["name"])):
        text: str = made["data"][key]
        return text
    return DATABASE if file.match("database/url") else "k" * 40


def read(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Read the operator's settings from an environment."""
    for name in [name for name in os.environ if name.startswith("IFCJOB_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return read_settings()


@pytest.mark.parametrize("case", CASES)
def test_operator_reads_the_charts_settings(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = [name for name in pods(case) if re.fullmatch("Deployment/.*-operator", name)]
    settings = read(lay(case, pods(case)[name], tmp_path), monkeypatch)
    given = values(case)
    assert list(settings.namespaces) == given.get("watchNamespaces", [])
    assert settings.runner_image.startswith(given.get("image", {}).get("registry", "ghcr.io") + "/ifcjob/runner")
    has_store = "endpoint" in given.get("objectStore", {}) or "objectStore" in given.get("bundled", {})
    has_history = "database" in given or "postgresql" in given.get("bundled", {})
    assert (settings.store is not None, settings.database_url_file is not None) == (has_store, has_history)
    assert settings.s3_credentials == given.get("objectStore", {}).get("credentials", "keys")
    assert settings.queues_file
    assert settings.queue_token_file


@pytest.mark.parametrize("case", CASES)
def test_installation_check_has_the_operators_settings(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (check,) = [name for name in pods(case) if name.endswith("-install-check")]
    (operator,) = [name for name in pods(case) if re.fullmatch("Deployment/.*-operator", name)]
    checked = read(lay(case, pods(case)[check], tmp_path), monkeypatch)
    assert checked == read(lay(case, pods(case)[operator], tmp_path), monkeypatch)


@pytest.mark.parametrize("case", ["bundled", "external"])
def test_migration_reads_the_database_url(case: str, tmp_path: Path) -> None:
    (migration,) = [pod for name, pod in pods(case).items() if name.startswith("Job/")]
    environment = lay(case, migration, tmp_path)
    assert Path(environment["IFCJOB_DATABASE_URL_FILE"]).read_text(encoding="utf-8") == DATABASE


@pytest.mark.parametrize("case", CASES)
def test_operator_role_covers_its_lease(case: str) -> None:
    (operator,) = [pod for name, pod in pods(case).items() if re.fullmatch("Deployment/.*-operator", name)]
    environment = {variable["name"]: variable.get("value", "") for variable in operator["containers"][0]["env"]}
    roles = [role for role in named(objects(case), "Role").values() if role["rules"][0]["resources"] == ["leases"]]
    leases = [(role["metadata"]["namespace"], rule["resourceNames"]) for role in roles for rule in role["rules"][1:]]
    assert leases == [(environment["IFCJOB_LEASE_NAMESPACE"], [environment["IFCJOB_LEASE_NAME"]])]


@pytest.mark.parametrize("case", CASES)
def test_progress_url_points_to_the_operators_service(case: str) -> None:
    (operator,) = [pod for name, pod in pods(case).items() if re.fullmatch("Deployment/.*-operator", name)]
    environment = {variable["name"]: variable.get("value", "") for variable in operator["containers"][0]["env"]}
    urls = [
        f"http://{name}.{service['metadata']['namespace']}.svc:{port['port']}"
        for name, service in named(objects(case), "Service").items()
        for port in service["spec"]["ports"]
    ]
    assert environment["IFCJOB_PROGRESS_URL"] in urls


@pytest.mark.parametrize("case", CASES)
def test_probes_and_services_use_existing_ports(case: str) -> None:
    (operator,) = [pod for name, pod in pods(case).items() if re.fullmatch("Deployment/.*-operator", name)]
    container = operator["containers"][0]
    ports = {port["name"] for port in container["ports"]}
    assert {container[probe]["httpGet"]["port"] for probe in ("livenessProbe", "readinessProbe")} <= ports
    assert {container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")} == {
        "/healthz",
        "/readyz",
    }
    (service,) = [item for name, item in named(objects(case), "Service").items() if name.endswith("-operator")]
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
