"""The check that `helm test` runs, before a real API server, store, operator and runner; only the node is fake."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import uuid
from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure, RunReport
from tests.support.fake_cluster import IFCJOBS, FakeCluster, OperatorProcess
from tests.support.manifests import as_text, ifcjob_manifest
from tests.support.s3 import Store, s3_store
from tools.cluster.processes import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane


POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
POLICY = {
    "metadata": {"name": "unsettled"},
    "spec": {
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": ["ifcjob.io"], "apiVersions": ["*"], "resources": ["ifcjobs"], "operations": ["CREATE"]}
            ]
        },
        "validations": [{"expression": "object.metadata.name != 'unsettled'", "message": "says the test"}],
    },
}
BINDING = {"metadata": {"name": "unsettled"}, "spec": {"policyName": "unsettled", "validationActions": ["Deny"]}}


class InstallEnv:
    """A namespace with an operator, a store, and the settings that a check would get from the chart."""

    def __init__(self, cluster: FakeCluster, store: Store, settings: dict[str, str]) -> None:
        self.cluster, self.store, self.settings = cluster, store, settings

    def keys(self, name: str) -> list[str]:
        """Return what lies in a check's folder of the bucket."""
        prefix = f"{self.cluster.namespace}/{name}/"
        objects = self.store.client.list_objects("models", prefix, recursive=True)
        return [str(entry.object_name).removeprefix(prefix) for entry in objects]

    def is_there(self, name: str) -> bool:
        """Tell whether a check's IfcJob is there."""
        return bool(self.cluster.ask("GET", f"{IFCJOBS}/{name}"))

    def start(self, name: str, *arguments: str, **changed: str) -> subprocess.Popen[str]:
        """Start a check; `changed` are settings, empty ones are left out."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("IFCJOB_", "KUBE"))}
        settings = {name: value for name, value in (self.settings | changed).items() if value}
        command = [sys.executable, "-m", "ifcjob_operator.install_check", "--name", name]
        command += ["--namespace", self.cluster.namespace, *arguments]
        out = subprocess.PIPE
        return subprocess.Popen(command, env=clean | settings, stdout=out, stderr=subprocess.STDOUT, text=True)

    def check(self, name: str, *arguments: str, **changed: str) -> tuple[int, list[str]]:
        """Run a check and return its exit code and lines."""
        with self.start(name, *arguments, **changed) as process:
            output = process.communicate(timeout=120)[0]
        assert "Traceback" not in output, output
        return process.returncode, output.splitlines()

    def fails(self, name: str, *arguments: str, **changed: str) -> str:
        """Run a check that must fail, and return its last line."""
        code, lines = self.check(name, *arguments, **changed)
        assert code == 1, lines
        return lines[-1].removeprefix("The installation does not work: ")


@pytest.fixture(scope="module")
def env(api_server: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallEnv]:
    namespace, folder = f"check-{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("check")
    assert api_server.kubectl("create", "namespace", namespace).returncode == 0
    with s3_store(folder / "s3") as store:
        settings = {
            "KUBECONFIG": str(api_server.kubeconfig),
            "IFCJOB_NAMESPACES": namespace,
            "IFCJOB_RUNNER_IMAGE": "registry.example.com/ifcjob/runner:0.2.0",
            "IFCJOB_S3_ENDPOINT": store.endpoint,
            "IFCJOB_OUTPUT_BUCKET": "models",
            "IFCJOB_LEASE_NAMESPACE": namespace,
        }
        for name, secret in {"S3_ACCESS_KEY": store.access_key, "S3_SECRET_KEY": store.secret_key}.items():
            (folder / name).write_text(secret, encoding="utf-8")
            settings[f"IFCJOB_{name}_FILE"] = str(folder / name)
        operator = OperatorProcess(api_server, folder / "operator.log", **settings)
        operator.start()
        try:
            yield InstallEnv(FakeCluster(api_server, namespace), store, settings)
        finally:
            operator.stop()


@pytest.fixture
def node(env: InstallEnv, tmp_path: Path) -> Callable[..., None]:
    """Play the node of a check's first attempt: the real runner runs there, and `then` happens before its end."""

    def play(name: str, then: Callable[[dict[str, str]], object]) -> None:
        cluster = env.cluster
        job = cluster.job(name, seconds=60)
        request, log = tmp_path / "request.json", tmp_path / "termination-log"
        request.write_text(json.dumps(cluster.request(job)), encoding="utf-8")
        cluster.run(job)
        command = [sys.executable, "-m", "ifcjob_runner", str(request), "--termination-log", str(log)]
        code = subprocess.run(command, capture_output=True, check=False).returncode
        then({"folder": f"{cluster.namespace}/{name}/{job.removeprefix(f'{name}-')}"})
        cluster.end(job, code, RunReport.model_validate_json(log.read_bytes()))

    def start(name: str, then: Callable[[dict[str, str]], object] = lambda _: None) -> None:
        threading.Thread(target=play, args=(name, then), daemon=True).start()

    return start


def test_a_working_installation(env: InstallEnv, node: Callable[..., None]) -> None:
    # A run may be over before the check looks again: this one ends when the check has seen it.
    seen, lines = threading.Event(), []
    node("well", lambda _: seen.wait(60))
    with env.start("well") as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.strip().startswith("Running"):
                seen.set()
    assert process.returncode == 0, lines
    assert lines[-1] == "The installation works."
    assert any("model.glb" in line and "1 of 1 elements, 12 triangles" in line for line in lines), lines
    assert any(line.strip().startswith("Running") for line in lines), lines
    assert not env.is_there("well")
    assert env.keys("well") == []


def test_the_rest_of_a_former_check_is_replaced(env: InstallEnv, node: Callable[..., None]) -> None:
    env.cluster.submit("again", "nothing.ifc")
    former = env.cluster.wait("again", "Failed")
    assert former["failure"]["reason"] == "InputNotFound"
    node("again")
    code, lines = env.check("again")
    assert code == 0, lines
    assert not env.is_there("again")


def test_a_failed_run_is_kept_for_inspection(env: InstallEnv) -> None:
    def crash() -> None:
        job = env.cluster.job("ill", seconds=60)
        env.cluster.run(job)
        failure = RunFailure(FailureReason.UNSUPPORTED_SCHEMA, "the schema is IFC9.", hint="Take another.")
        env.cluster.end(job, 65, RunReport(outcome="Failed", failure=Failure.of(failure)))

    threading.Thread(target=crash, daemon=True).start()
    output = env.fails("ill")
    assert output.startswith("the IfcJob is Failed: UnsupportedSchema, the schema is IFC9. Take another. See `kubectl")
    assert env.is_there("ill")
    assert "model.ifc" in env.keys("ill")


def test_an_artifact_changed_by_another_program(env: InstallEnv, node: Callable[..., None]) -> None:
    def change(run: dict[str, str]) -> None:
        env.store.client.put_object("models", f"{run['folder']}/model.glb", io.BytesIO(b"glTF"), 4)

    node("changed", change)
    assert "model.glb has another checksum" in env.fails("changed")


def test_an_ifcjob_that_is_not_admitted(env: InstallEnv) -> None:
    other = f"{env.cluster.namespace}-unwatched"
    env.cluster.ask("POST", "/api/v1/namespaces", {"metadata": {"name": other}})
    output = env.fails("alone", "--namespace", other, "--seconds", "1")
    assert (
        "has not ended within 1 s: no operator has admitted it: is one running, does it watch this namespace" in output
    )


def test_a_rejected_ifcjob_is_submitted_again_for_a_while(env: InstallEnv, node: Callable[..., None]) -> None:
    cluster = env.cluster
    cluster.ask("POST", POLICIES, POLICY)
    cluster.ask("POST", BINDINGS, BINDING)
    manifest = as_text(ifcjob_manifest("unsettled"))
    create = ("-n", cluster.namespace, "create", "--dry-run=server", "-f", "-")
    assert eventually(lambda: "says the test" in cluster.plane.kubectl(*create, stdin=manifest).stderr, 30)
    node("unsettled")
    with env.start("unsettled") as check:
        assert check.stdout is not None
        lines = iter(check.stdout.readline, "")
        assert any("rejected, retrying for 30 s" in line and "says the test" in line for line in lines)
        cluster.ask("DELETE", f"{BINDINGS}/unsettled")
        assert list(lines)[-1].strip() == "The installation works."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"IFCJOB_OUTPUT_BUCKET": "gone"}, "NoSuchBucket): create the bucket", id="no bucket"),
        pytest.param({"IFCJOB_OUTPUT_BUCKET": ""}, "set objectStore.endpoint", id="no output bucket"),
        pytest.param({"IFCJOB_S3_ENDPOINT": ""}, "set objectStore.endpoint", id="no store"),
        pytest.param({"IFCJOB_S3_ENDPOINT": "http://127.0.0.1:9"}, "refuses the connection", id="no server"),
        pytest.param({"IFCJOB_RUNNER_IMAGE": ""}, "IFCJOB_RUNNER_IMAGE: it must be set", id="a setting is missing"),
        pytest.param({"KUBECONFIG": "/nowhere"}, "no API server is known", id="no cluster"),
    ],
)
def test_a_failed_check_says_in_one_line_what_to_do(env: InstallEnv, changed: dict[str, str], words: str) -> None:
    code, lines = env.check("unsaid", **changed)
    assert code == 1
    assert words in lines[-1], lines


def test_credentials_unknown_to_the_store(env: InstallEnv, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("wrong", encoding="utf-8")
    output = env.fails("keys", IFCJOB_S3_SECRET_KEY_FILE=str(tmp_path / "key"))
    assert output.endswith("(HTTP 403 SignatureDoesNotMatch): check the Secret with the S3 keys")


def test_a_missing_namespace(env: InstallEnv) -> None:
    assert 'namespaces "nowhere" not found' in env.fails("lost", "--namespace", "nowhere")
