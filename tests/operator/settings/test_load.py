"""The operator's start with wrong settings, as an administrator sees it: one line, and nothing runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from ifcjob_backends.settings.environment import InvalidSettings
from ifcjob_backends.storage.signing.options import KeyFiles, RoleOfMachine, WebIdentity
from ifcjob_operator.settings.load import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ifcjob_operator.settings.fields import Settings

IMAGE = {"IFCJOB_RUNNER_IMAGE": "registry.example.com/ifcjob/runner:0.2.0"}
LINKS = {
    "IFCJOB_OPERATOR_SERVICE_HOST": "198.18.0.7",
    "IFCJOB_OPERATOR_SERVICE_PORT": "8080",
    "IFCJOB_OPERATOR_SERVICE_PORT_HTTP": "8080",
    "IFCJOB_OPERATOR_PORT": "tcp://198.18.0.7:8080",
    "IFCJOB_OPERATOR_PORT_8080_TCP": "tcp://198.18.0.7:8080",
    "IFCJOB_OPERATOR_PORT_8080_TCP_PROTO": "tcp",
    "IFCJOB_OPERATOR_PORT_8080_TCP_PORT": "8080",
    "IFCJOB_OPERATOR_PORT_8080_TCP_ADDR": "198.18.0.7",
    "IFCJOB_SERVICE_HOST": "198.18.0.8",
    "IFCJOB_PORT": "tcp://198.18.0.8:80",
}
"""Variables that Kubernetes sets for Services called `ifcjob-operator` and `ifcjob`."""


def operator(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Start the operator with nothing but these variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("IFCJOB_", "KUBE"))}
    command = [sys.executable, "-m", "ifcjob_operator"]
    return subprocess.run(
        command, env=clean | dict(environment), capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def settings_from(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Read settings in this process, from these variables alone."""
    for name in [name for name in os.environ if name.startswith("IFCJOB_")]:
        monkeypatch.delenv(name)

    def read(**environment: str) -> Settings:
        with monkeypatch.context() as patch:
            for name, value in (IMAGE | environment).items():
                patch.setenv(name, value)
            return read_settings()

    return read


def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "nobody-wrote-it"
    wrong = {
        "IFCJOB_RUNNER_IMAGE: it must be set": {},
        "IFCJOB_RUNER_IMAGE is not a setting: docs/reference/operator-settings.md lists all": IMAGE
        | {"IFCJOB_RUNER_IMAGE": "x"},
        f"IFCJOB_S3_CA_FILE: cannot read {missing}: No such file or directory": IMAGE
        | {"IFCJOB_S3_CA_FILE": str(missing)},
        "IFCJOB_MAX_MEMORY: '16 gigs' is not a quantity such as 500m, 2 or 4Gi": IMAGE
        | {"IFCJOB_MAX_MEMORY": "16 gigs"},
    }
    with ThreadPoolExecutor(2) as pool:
        for line, ended in zip(wrong, pool.map(operator, wrong.values()), strict=True):
            assert ended.stderr == f"ifcjob operator: {line}\n"
            assert ended.returncode == os.EX_USAGE == 64
            assert ended.stdout == ""


def test_a_missing_kubeconfig_stops_the_start_with_one_line(tmp_path: Path) -> None:
    ended = operator(IMAGE | {"KUBECONFIG": str(tmp_path / "none"), "HOME": str(tmp_path), "IFCJOB_PORT": "0"})
    *others, last = ended.stderr.splitlines()
    assert last.startswith("ifcjob operator: no API server is known: ")
    assert last.endswith("; set KUBECONFIG, or run in a pod")
    assert all(line.startswith("{") for line in others), "the client's own log"
    assert ended.returncode == 64


@pytest.mark.parametrize("text", ["", "just text", "a: [b", "clusters: []"])
def test_an_invalid_kubeconfig_is_reported_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "kubeconfig").write_text(text, encoding="utf-8")
    ended = operator(IMAGE | {"KUBECONFIG": str(tmp_path / "kubeconfig"), "IFCJOB_PORT": "0"})
    assert ended.stderr.splitlines()[-1].startswith("ifcjob operator: no API server is known: ")
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 64


def test_a_port_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    cluster = {"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}
    context = {"name": "a", "context": {"cluster": "a", "user": "a"}}
    user = {"name": "a", "user": {"token": "x"}}
    config = {"clusters": [cluster], "contexts": [context], "users": [user], "current-context": "a"}
    (tmp_path / "kubeconfig").write_text(json.dumps(config), encoding="utf-8")
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = operator(IMAGE | {"KUBECONFIG": str(tmp_path / "kubeconfig"), "IFCJOB_PORT": port})
    assert ended.stderr.splitlines()[-1].startswith(f"ifcjob operator: cannot listen on port {port}: ")
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 69


@pytest.mark.parametrize(
    ("name", "value", "message_part"),
    [
        ("RUNNER_DEFAULTS", '{"nodes": {}}', "there is no nodes: use affinity, annotations"),
        ("RUNNER_DEFAULTS", '{"resources": {"cpus": 2}}', "there is no cpus: use cpu"),
        ("RUNNER_DEFAULTS", '{"nodeSelector"', "dictionary"),
        ("MAX_MEMORY", "16", "it must be at least 64Mi: write Gi or Mi, as in 16Gi"),
        ("S3_ENDPOINT", "s3.example.com", "it must be an http(s) URL without a path"),
        ("S3_POD_ENDPOINT", "https://s3.example.com/bucket", "it must be an http(s) URL without a path"),
        ("PROGRESS_URL", "ftp://operator", "it must be an http(s) URL without a path"),
        ("WORKERS", "0", "greater than or equal to 1"),
        ("WORKERS", "many", "valid integer"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("LEADER_ELECTION", "perhaps", "valid boolean"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("HTTP_HOSTS", "files.example.com,https://x", "'https://x' is not a host"),
        ("RUNNER_LABELS", "team", "'team' is not a key with a value: write team=bim"),
        ("RUNNER_LABELS", "team=a b", "'a b' is not a label value"),
        ("RUNNER_ANNOTATIONS", "a/b/c=d", "is not a key with a value"),
        ("HTTP_REFUSED_NETWORKS", "198.18.0.1/16", "not a valid IPv4 network"),
        ("JOB_TTL_SECONDS", "0", "greater than or equal to 600"),
        ("RUNNER_IMAGE", "", "at least 1 character"),
        ("S3_PORT", "9000", "is not a setting"),
        ("DATABASE_URL", "postgresql://u:p@h/d", "is not a setting"),
    ],
)
def test_each_wrong_value_is_named_in_one_line(
    settings_from: Callable[..., Settings], name: str, value: str, message_part: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settings_from(**{f"IFCJOB_{name}": value})
    message = str(refused.value)
    assert message.startswith(f"IFCJOB_{name}")
    assert message_part in message
    assert "\n" not in message


def test_files_for_tls_are_part_of_the_database_url(settings_from: Callable[..., Settings], tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("CA", "CERTIFICATE", "KEY")}
    (tmp_path / "URL").write_text("postgresql://u:p@h/d?sslmode=require\n", encoding="utf-8")
    for path in files.values():
        path.touch()
    environment = {f"IFCJOB_DATABASE_{name}_FILE": str(path) for name, path in files.items()}
    settings = settings_from(**environment, IFCJOB_DATABASE_URL_FILE=str(tmp_path / "URL"))
    url = make_url(settings.database() or "")
    assert (url.host, url.password) == ("h", "p")
    assert url.query == {
        "sslmode": "verify-full",
        **{
            f"ssl{name}": str(files[file])
            for name, file in (("rootcert", "CA"), ("cert", "CERTIFICATE"), ("key", "KEY"))
        },
    }


def test_settings_that_need_each_other_are_checked_together(
    settings_from: Callable[..., Settings], tmp_path: Path
) -> None:
    short, empty, url = tmp_path / "short", tmp_path / "empty", tmp_path / "url"
    short.write_text("0123456789abcde\n", encoding="utf-8")
    empty.write_text("\n", encoding="utf-8")
    url.write_text("mysql://user:secret@database/catalog", encoding="utf-8")
    for environment, message_part in (
        ({"IFCJOB_S3_ENDPOINT": "https://s3.example.com"}, "needs IFCJOB_S3_ACCESS_KEY_FILE"),
        (
            {"IFCJOB_S3_ENDPOINT": "https://s3.example.com", "IFCJOB_S3_CREDENTIALS": "webIdentity"},
            "IFCJOB_S3_CREDENTIALS=webIdentity needs IFCJOB_S3_WEB_IDENTITY_TOKEN_FILE and IFCJOB_S3_STS_ENDPOINT",
        ),
        ({"IFCJOB_PROGRESS_URL": "http://operator:8080"}, "needs IFCJOB_PROGRESS_KEY_FILE"),
        (
            {"IFCJOB_PROGRESS_URL": "http://operator:8080", "IFCJOB_PROGRESS_KEY_FILE": str(short)},
            "at least 16 bytes",
        ),
        ({"IFCJOB_QUEUE_TOKEN_FILE": str(empty)}, "the file is empty"),
        ({"IFCJOB_DATABASE_URL_FILE": str(url)}, "does not support this kind of database"),
        ({"IFCJOB_RUNNER_NETWORK_POLICY_FILE": str(url)}, "IFCJOB_RUNNER_NETWORK_POLICY_FILE: "),
        ({"IFCJOB_DATABASE_CA_FILE": str(url)}, "IFCJOB_DATABASE_URL_FILE: it must be set"),
        (
            {"IFCJOB_DATABASE_URL_FILE": str(url), "IFCJOB_DATABASE_KEY_FILE": str(url)},
            "needs the CA file of the server",
        ),
        ({"IFCJOB_QUEUE_TOKEN_FILE": str(tmp_path)}, "Is a directory"),
    ):
        with pytest.raises(InvalidSettings) as refused:
            settings_from(**environment)
        assert message_part in str(refused.value)
        assert "secret" not in str(refused.value)


def test_service_variables_of_kubernetes_are_not_settings(settings_from: Callable[..., Settings]) -> None:
    assert settings_from(**LINKS).port == 8080
    assert settings_from(**LINKS | {"IFCJOB_PORT": "9090"}).port == 9090


def test_lists_never_values_and_defaults_are_parsed(settings_from: Callable[..., Settings]) -> None:
    settings = settings_from(
        IFCJOB_NAMESPACES="bim, site ,",
        IFCJOB_HTTP_REFUSED_NETWORKS="198.18.0.0/16,fd00::/8",
        IFCJOB_TTL_SECONDS_AFTER_FINISHED="never",
        IFCJOB_PROGRESS_INTERVAL_SECONDS="3",
    )
    assert settings.namespaces == ("bim", "site")
    assert [str(network) for network in settings.http_refused_networks] == ["198.18.0.0/16", "fd00::/8"]
    assert settings.policy.ttl_seconds is None
    assert settings.policy.progress_interval == timedelta(seconds=3)
    assert settings.store is None
    assert settings_from().policy.ttl_seconds == 604_800


def test_sessions_need_no_keys(settings_from: Callable[..., Settings], tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a.b.c", encoding="utf-8")
    settings = settings_from(
        IFCJOB_S3_ENDPOINT="https://s3.example.com",
        IFCJOB_S3_CREDENTIALS="webIdentity",
        IFCJOB_S3_WEB_IDENTITY_TOKEN_FILE=str(token),
        IFCJOB_S3_STS_ENDPOINT="https://sts.example.com",
        IFCJOB_S3_ROLE_ARN="arn:aws:iam::1:role/ifcjob",
        IFCJOB_S3_SESSION_SECONDS="7200",
    )
    assert settings.store is not None
    identity = WebIdentity(token, "https://sts.example.com", "arn:aws:iam::1:role/ifcjob", 7200)
    assert settings.store.credentials == identity
    assert settings.policy.renews_urls
    settings = settings_from(
        IFCJOB_S3_ENDPOINT="https://s3.example.com",
        IFCJOB_S3_CREDENTIALS="role",
        IFCJOB_S3_ROLE_ENDPOINT="http://metadata.example.com",
    )
    assert settings.store is not None
    assert settings.store.credentials == RoleOfMachine("http://metadata.example.com")


def test_every_setting_reaches_its_component(settings_from: Callable[..., Settings], tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0123456789abcdef", encoding="utf-8")
    settings = settings_from(
        IFCJOB_S3_ENDPOINT="https://s3.example.com",
        IFCJOB_S3_POD_ENDPOINT="http://s3.storage:9000",
        IFCJOB_S3_ACCESS_KEY_FILE=str(key),
        IFCJOB_S3_SECRET_KEY_FILE=str(key),
        IFCJOB_S3_REGION="eu-central-1",
        IFCJOB_OUTPUT_BUCKET="artifacts",
        IFCJOB_RUNNER_SERVICE_ACCOUNT="runner",
        IFCJOB_RUNNER_DEFAULTS='{"runtimeClassName": "gvisor", "resources": {"cpu": 2}}',
        IFCJOB_RUNNER_LABELS="sidecar.istio.io/inject=false, team=bim",
        IFCJOB_RUNNER_ANNOTATIONS="example.com/contact=bim@example.com",
        IFCJOB_RUNNER_PULL_POLICY="Always",
        IFCJOB_MAX_INFRA_RESTARTS="2",
        IFCJOB_IMAGE_PULL_GRACE_SECONDS="7",
        IFCJOB_LOST_POD_GRACE_SECONDS="8",
        IFCJOB_MAX_MEMORY="2Gi",
    )
    store = settings.store
    assert store is not None
    assert (store.endpoint, store.pod_endpoint) == ("https://s3.example.com", "http://s3.storage:9000")
    assert (store.region, store.output_bucket) == ("eu-central-1", "artifacts")
    assert store.credentials == KeyFiles(key, key)
    pods = settings.pods
    assert (pods.service_account, pods.pull_policy) == ("runner", "Always")
    assert pods.labels == (("sidecar.istio.io/inject", "false"), ("team", "bim"))
    assert pods.annotations == (("example.com/contact", "bim@example.com"),)
    defaults = settings.runner_defaults
    assert defaults is not None
    assert (defaults.runtime_class_name, defaults.resources.cpu) == ("gvisor", "2")
    policy = settings.policy
    assert (policy.max_infra_restarts, policy.max_memory_bytes) == (2, 2 * 2**30)
    assert (policy.image_pull_grace, policy.lost_pod_grace) == (timedelta(seconds=7), timedelta(seconds=8))


@pytest.mark.parametrize(
    ("credentials", "renews"),
    [({"credentials": "role"}, True), ({"accessKeyFile": "/keys/access", "secretKeyFile": "/keys/secret"}, False)],
)
def test_urls_are_renewed_when_a_further_store_gives_sessions(
    settings_from: Callable[..., Settings], tmp_path: Path, credentials: dict[str, str], *, renews: bool
) -> None:
    stores = [{"name": "archive", "endpoint": "https://s3.example.com", **credentials}]
    (tmp_path / "stores.json").write_text(json.dumps(stores), encoding="utf-8")
    settings = settings_from(IFCJOB_OBJECT_STORES_FILE=str(tmp_path / "stores.json"))
    assert [store.name for store in settings.other_stores()] == ["archive"]
    assert settings.policy.renews_urls is renews


def test_a_mistake_in_the_stores_file_is_named(settings_from: Callable[..., Settings], tmp_path: Path) -> None:
    (tmp_path / "stores.json").write_text('[{"name": "archive"}]', encoding="utf-8")
    with pytest.raises(InvalidSettings, match=r"IFCJOB_OBJECT_STORES_FILE: 0\.endpoint: "):
        settings_from(IFCJOB_OBJECT_STORES_FILE=str(tmp_path / "stores.json"))
    with pytest.raises(InvalidSettings, match=r"IFCJOB_OBJECT_STORES_FILE: .*No such file"):
        settings_from(IFCJOB_OBJECT_STORES_FILE="/nowhere/stores.json")


def test_fields_of_runner_pods_are_read_and_replace_the_default(settings_from: Callable[..., Settings]) -> None:
    assert settings_from().pods.pod["securityContext"]["runAsUser"] == 10001
    pod = {"securityContext": {"runAsNonRoot": True}, "dnsConfig": {"nameservers": ["192.0.2.53"]}}
    container = {"env": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}]}
    settings = settings_from(IFCJOB_RUNNER_POD=json.dumps(pod), IFCJOB_RUNNER_CONTAINER=json.dumps(container))
    assert (settings.pods.pod, settings.pods.container) == (pod, container)


@pytest.mark.parametrize(
    ("name", "value"), [("IFCJOB_RUNNER_POD", '{"tolerations": []}'), ("IFCJOB_RUNNER_CONTAINER", '{"args": []}')]
)
def test_fields_that_the_operator_sets_are_refused(
    settings_from: Callable[..., Settings], name: str, value: str
) -> None:
    with pytest.raises(InvalidSettings, match=f"{name}: .*(tolerations|args) cannot be set: use securityContext, "):
        settings_from(**{name: value})


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("IFCJOB_RUNNER_POD", {"volumes": [{"name": "work", "emptyDir": {}}]}, "volumes: .* has work already"),
        ("IFCJOB_RUNNER_POD", {"containers": [{"name": "runner"}]}, "containers: .* has runner already"),
        ("IFCJOB_RUNNER_POD", {"initContainers": [{"name": "runner"}]}, "initContainers: .* has runner already"),
        ("IFCJOB_RUNNER_CONTAINER", {"volumeMounts": [{"name": "a", "mountPath": "/work/"}]}, "has /work already"),
        ("IFCJOB_RUNNER_CONTAINER", {"volumeMounts": ["a"]}, "write a list of objects, each with mountPath"),
        ("IFCJOB_RUNNER_POD", {"volumes": [{"name": "a"}, {"name": "a"}]}, "two have the name a"),
    ],
)
def test_what_every_runner_pod_has_cannot_be_added(
    settings_from: Callable[..., Settings], setting: str, value: object, message: str
) -> None:
    with pytest.raises(InvalidSettings, match=f"{setting}: .*{message}"):
        settings_from(**{setting: json.dumps(value)})
