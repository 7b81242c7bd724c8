"""The release under user ids that nothing was built for, and with all extension points of pods."""

import json
from pathlib import Path

import httpx
import pytest

from tests.e2e.artifacts import check_artifacts
from tests.e2e.conftest import Bucket, node_address, wait_ready
from tests.e2e.kube import Kube, ifcjob, proved
from tests.e2e.release import NAME, Release

HOUSE = Path(__file__).parents[2] / "examples" / "house.ifc"
USER = 1_000_660_000
# As restricted-v2 of OpenShift, but without an fsGroup: files and volumes must do with the group 0.
ASSIGNED = {"podSecurityContext": {"runAsUser": USER, "runAsGroup": 0, "fsGroup": None}}
OWN_IDS = "import os; print(os.getuid(), os.getgid())"
RUNNERS = "app.kubernetes.io/name=ifcjob-runner"

pytestmark = pytest.mark.second


def test_release_runs_under_unknown_ids(release: Release, kube: Kube, bucket: Bucket) -> None:
    system = release.ensure(
        dict.fromkeys(("operator", "api", "web", "runner"), ASSIGNED) | {"catalog": {"migration": ASSIGNED}}
    )
    wait_ready(system)
    for name in ("operator", "api"):
        ids = system.run("exec", f"deployment/{NAME}-{name}", "--", "python", "-c", OWN_IDS)
        assert ids.split() == [str(USER), "0"]
    bucket.put("house.ifc", HOUSE)
    kube.apply(ifcjob("house", bucket.name, "house.ifc"))
    check_artifacts(bucket, kube.wait_phase("house", "Succeeded", seconds=120)["status"], HOUSE)
    (pod,) = kube.all("pod", RUNNERS)
    assert pod["spec"]["securityContext"]["runAsUser"] == USER
    page = httpx.get(node_address(system, f"{NAME}-web"), headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "The installation works." in release.helm("test", NAME, "--namespace", system.namespace, "--logs")
    proved(
        "operator, migration, API, web app, runner and helm test work under an id that no file names, in the group 0"
    )


def test_runner_pods_have_the_variables_of_the_values(release: Release, kube: Kube, bucket: Bucket) -> None:
    proxy = {
        "httpProxy": "http://192.0.2.31:3128",
        "noProxy": [kube.cluster.s3_endpoint.rpartition(":")[0][7:], ".svc"],
    }
    release.ensure({"proxy": proxy, "runner": {"hostAliases": [{"ip": "192.0.2.8", "hostnames": ["s3.example.com"]}]}})
    bucket.put("house.ifc", HOUSE)
    kube.apply(ifcjob("house", bucket.name, "house.ifc"))
    check_artifacts(bucket, kube.wait_phase("house", "Succeeded", seconds=120)["status"], HOUSE)
    (pod,) = kube.all("pod", RUNNERS)
    env = {entry["name"]: entry["value"] for entry in pod["spec"]["containers"][0]["env"]}
    assert env == {"HTTP_PROXY": proxy["httpProxy"], "NO_PROXY": ",".join(proxy["noProxy"])}, json.dumps(env)
    assert pod["spec"]["hostAliases"][0]["ip"] == "192.0.2.8"
    proved("with a proxy that is away, a store in NO_PROXY is reached directly by operator and runner")
