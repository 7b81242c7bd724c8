"""The chart's environment and files match the API's settings, and its Service reaches the probed port."""

import os
import re
from pathlib import Path

import pytest

from ifcjob.quantity import as_bytes
from ifcjob_api.settings import ApiSettings, read_settings
from ifcjob_backends.storage.signing.options import KeyFiles, WebIdentity
from tests.chart.matrix import CASES, objects, values
from tests.chart.test_operator_environment import lay, pods
from tests.support.chart import named
from tests.support.manifests import Manifest
from tools.cluster.pki import make_pki

WITH_API = [case for case in CASES if values(case).get("api", {}).get("enabled")]


def api_pod(case: str) -> Manifest:
    (pod,) = [pod for name, pod in pods(case).items() if re.fullmatch("Deployment/.*-api", name)]
    return pod


def read(case: str, folder: Path, monkeypatch: pytest.MonkeyPatch, authority: Path) -> ApiSettings:
    """Read the API's settings from the environment and the files of its pod."""
    for name in [name for name in os.environ if name.startswith("IFCJOB_")]:
        monkeypatch.delenv(name)
    for name, value in lay(case, api_pod(case), folder).items():
        monkeypatch.setenv(name, value)
        if name.endswith("_CA_FILE"):
            Path(value).write_bytes(authority.read_bytes())
    return read_settings()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a CA certificate."""
    folder = tmp_path_factory.mktemp("pki")
    make_pki(folder, ["127.0.0.1"])
    return folder / "ca.crt"


@pytest.mark.parametrize("case", CASES)
def test_api_runs_on_request_only(case: str) -> None:
    deployments = [name for name in named(objects(case), "Deployment") if name.endswith("-api")]
    assert bool(deployments) == (case in WITH_API)


@pytest.mark.parametrize("case", WITH_API)
def test_api_reads_the_charts_settings(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: Path
) -> None:
    settings, given = read(case, tmp_path, monkeypatch, authority), values(case)
    auth = given["api"].get("auth", {})
    assert list(settings.namespaces) == given.get("watchNamespaces", [])
    assert (settings.auth_mode, settings.oidc_issuer) == (auth.get("mode", "kubernetes"), auth.get("issuer"))
    assert (settings.oidc_ca_file is not None) == ("ca" in auth)
    match settings.store.credentials:
        case KeyFiles(access_key, secret_key):
            assert access_key.is_file()
            assert secret_key.is_file()
        case credentials:
            assert isinstance(credentials, WebIdentity)
            assert credentials.token_file.is_file()
    assert (settings.s3_ca_file is not None) == ("ca" in given.get("objectStore", {}))
    has_history = "database" in given or "postgresql" in given.get("bundled", {})
    assert (settings.database_url_file is not None) == has_history
    limit = given["api"].get("settings", {}).get("IFCJOB_API_MAX_UPLOAD_BYTES", 2**30)
    assert settings.max_upload_bytes == limit


@pytest.mark.parametrize("case", WITH_API)
def test_api_has_the_stores_of_the_operator(case: str) -> None:
    (operator,) = [pod for name, pod in pods(case).items() if re.fullmatch("Deployment/.*-operator", name)]
    api, operator = (
        {variable["name"].replace("_API_", "_"): variable.get("value") for variable in pod["containers"][0]["env"]}
        for pod in (api_pod(case), operator)
    )
    shared = {name for name in operator if name.startswith(("IFCJOB_S3_", "IFCJOB_DATABASE_"))} - {
        "IFCJOB_S3_POD_ENDPOINT"
    }
    assert shared
    assert {name: api.get(name) for name in shared} == {name: operator[name] for name in shared}


@pytest.mark.parametrize("case", WITH_API)
def test_cache_fits_into_its_volume(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: Path
) -> None:
    pod = api_pod(case)
    settings = read(case, tmp_path, monkeypatch, authority)
    (mount,) = [mount for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == "cache"]
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "cache"]
    assert settings.cache_folder == Path(mount["mountPath"])
    assert settings.cache_bytes < as_bytes(volume["emptyDir"]["sizeLimit"])
    assert settings.query_memory_bytes < as_bytes(pod["containers"][0]["resources"]["limits"]["memory"])


@pytest.mark.parametrize("case", WITH_API)
def test_probes_service_and_ingress_reach_the_api(case: str) -> None:
    container = api_pod(case)["containers"][0]
    (port,) = container["ports"]
    probes = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {probe["port"] for probe in probes.values()} == {port["name"]}
    assert (probes["livenessProbe"]["path"], probes["readinessProbe"]["path"]) == ("/healthz", "/readyz")
    assert port["containerPort"] == ApiSettings.model_fields["port"].default
    (service,) = [item for name, item in named(objects(case), "Service").items() if name.endswith("-api")]
    assert {target["targetPort"] for target in service["spec"]["ports"]} == {port["name"]}
    for ingress in named(objects(case), "Ingress").values():
        backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
        assert backend["name"] == service["metadata"]["name"]
        assert backend["port"]["name"] in {target["name"] for target in service["spec"]["ports"]}
