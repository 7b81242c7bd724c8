"""The real API server refuses what cannot work, and says what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, ValidationError

from ifcjob.ifcqueue import IfcQueue
from ifcjob.resource import IfcJob
from tests.support.manifests import HOUSE, Manifest, as_text, ifcjob_manifest, ifcqueue_manifest

if TYPE_CHECKING:
    from tools.cluster.control_plane import ControlPlane

S3 = HOUSE["s3"]
WEB = {"url": "https://example.com/house.ifc"}
VOLUME = {"claimName": "models", "path": "house.ifc"}
GLTF_BOTH_OR_NEITHER = "originOffset and origin explicit belong together"
INSIDE = "must be a relative path without a leading / and without .."
DEADLINE = "should be greater than or equal to 1"


def source(**parts: Any) -> Manifest:
    return ifcjob_manifest(source=parts)


def web(url: str) -> Manifest:
    return source(http={"url": url})


def gltf(**options: Any) -> Manifest:
    return ifcjob_manifest(operations={"gltf": options})


def resources(**options: Any) -> Manifest:
    return ifcjob_manifest(resources=options)


def pod(**options: Any) -> Manifest:
    return ifcjob_manifest(pod=options)


BOTH_REFUSE = [
    pytest.param(source(), "source needs exactly one of s3, http and pvc", id="no source"),
    pytest.param(source(s3=S3, http=WEB), "source needs exactly one of s3, http and pvc", id="two sources"),
    pytest.param(source(s3=S3, http=WEB, pvc=VOLUME), "source needs exactly one", id="three sources"),
    pytest.param(ifcjob_manifest(output={}), "output needs exactly one of s3 and pvc", id="empty output"),
    pytest.param(
        ifcjob_manifest(output={"s3": {"bucket": "artifacts"}, "pvc": {"claimName": "artifacts"}}),
        "output needs exactly one of s3 and pvc",
        id="two outputs",
    ),
    pytest.param(source(s3={"bucket": "models"}), "spec.source.s3.key: Required value", id="bucket without key"),
    pytest.param(source(s3={**S3, "key": ""}), "should be at least 1 chars long", id="empty key"),
    pytest.param(source(s3={**S3, "key": "k" * 1025}), "may not be more than 1024", id="key that is too long"),
    pytest.param(source(s3={**S3, "bucket": "s3://models"}), "must be a bucket name", id="URL for a bucket"),
    pytest.param(source(s3={**S3, "bucket": "Models"}), "must be a bucket name", id="bucket in capitals"),
    pytest.param(source(pvc={**VOLUME, "path": "/house.ifc"}), INSIDE, id="absolute path"),
    pytest.param(source(pvc={**VOLUME, "path": "a/../../etc/passwd"}), INSIDE, id="path that climbs out"),
    pytest.param(source(pvc={**VOLUME, "path": ".."}), INSIDE, id="path that is the parent"),
    pytest.param(
        source(pvc={**VOLUME, "claimName": "My claim"}), "must be lower-case letters", id="claim with a space"
    ),
    pytest.param(ifcjob_manifest(output={"s3": {"bucket": "artifacts", "prefix": "/7"}}), INSIDE, id="absolute prefix"),
    pytest.param(ifcjob_manifest(output={"pvc": {"claimName": "a", "path": "x/.."}}), INSIDE, id="output that climbs"),
    pytest.param(web("https://me:secret@example.com/a.ifc"), "without user:password@", id="URL with a password"),
    pytest.param(web("https://token@example.com/a.ifc"), "without user:password@", id="URL with a user"),
    pytest.param(web("ftp://example.com/a.ifc"), "must start with http:// or https://", id="URL of another scheme"),
    pytest.param(web("https:///a.ifc"), "must start with http:// or https:// and a host", id="URL without host"),
    pytest.param(web("https://example.com/a b.ifc"), "must start with http:// or https://", id="URL with a space"),
    pytest.param(
        web("https://example.com/a\u00a0b.ifc"), "write a space as %20", id="URL with a space that looks like none"
    ),
    pytest.param(source(s3=S3, sha256="abc"), "must be 64 lower-case hexadecimal digits", id="short checksum"),
    pytest.param(source(s3=S3, sha256="A" * 64), "must be 64 lower-case hexadecimal", id="checksum in capitals"),
    pytest.param(source(s3=S3, maxBytes=0), "maxBytes in body should be greater than or equal to 1", id="no bytes"),
    pytest.param(resources(memory="lots"), "must be auto or a quantity of bytes such as 4Gi", id="memory in words"),
    pytest.param(resources(memory="4GB"), "must be auto or a quantity of bytes such as 4Gi", id="memory in GB"),
    pytest.param(resources(memory="-4Gi"), "must be auto or a quantity of bytes", id="negative memory"),
    pytest.param(resources(maxMemory="auto"), "must be a quantity of bytes such as 4Gi", id="automatic maximum"),
    pytest.param(resources(cpu="two"), "must be a number of CPUs such as 2 or 500m", id="CPUs in words"),
    pytest.param(
        resources(memory="4Gi", maxMemory="3G"), "maxMemory must not be less than memory", id="maximum below memory"
    ),
    pytest.param(gltf(origin="explicit"), GLTF_BOTH_OR_NEITHER, id="explicit origin without offset"),
    pytest.param(gltf(originOffset=[1, 2, 3]), GLTF_BOTH_OR_NEITHER, id="offset without explicit origin"),
    pytest.param(gltf(origin="explicit", originOffset=[1, 2]), "should have at least 3 items", id="offset in 2D"),
    pytest.param(gltf(compression="draco"), 'supported values: "none", "quantize", "meshopt"', id="other compression"),
    pytest.param(gltf(includeClasses=["I" * 65]), "may not be more than 64", id="class name that is too long"),
    pytest.param(gltf(elementDeadlineSeconds=0), "must be at least 0.1", id="no time for an element"),
    pytest.param(ifcjob_manifest(queue="My_Queue"), "must be lower-case letters, digits and -", id="bad queue name"),
    pytest.param(ifcjob_manifest(startDeadlineSeconds=0), DEADLINE, id="no time to start"),
    pytest.param(ifcjob_manifest(activeDeadlineSeconds=-1), DEADLINE, id="negative deadline"),
    pytest.param(ifcjob_manifest(activeDeadlineSeconds=1.5), "must be of type integer", id="deadline with a fraction"),
    pytest.param(
        ifcjob_manifest(ttlSecondsAfterFinished=-1), "should be greater than or equal to 0", id="negative time to live"
    ),
    pytest.param(ifcjob_manifest(priority=2_000_000), "less than or equal to 1000000", id="absurd priority"),
    pytest.param(ifcjob_manifest(retry={"limit": 9}), "less than or equal to 8", id="too many retries"),
    pytest.param(ifcjob_manifest(retry={"memoryFactor": 1}), "must be at least 1.1", id="memory that stays"),
    pytest.param(ifcjob_manifest(cache="Never"), 'supported values: "Use", "Refresh", "Off"', id="unknown cache word"),
    pytest.param(ifcjob_manifest(coverage={"minimum": 99}), "less than or equal to 1", id="coverage in percent"),
    pytest.param(pod(labels={"team": "a b"}), "must be empty, or letters, digits", id="label with a space"),
    pytest.param(pod(affinity={key: {} for key in "abcd"}), "must have at most 3 items", id="affinities there are not"),
    pytest.param(resources(cpu=0.5), "must be of type integer,string", id="half a CPU without quotes"),
]
"""Manifests that both the API server and the types reject."""

CLUSTER_REFUSES = [
    pytest.param(ifcjob_manifest("x" * 53), "metadata.name must be at most 52 characters", id="name over 52"),
    pytest.param(ifcjob_manifest(prio=3), 'unknown field "spec.prio"', id="misspelt field"),
    pytest.param({**ifcjob_manifest(), "spec": {}}, "spec.source: Required value", id="spec without source"),
    pytest.param({**ifcjob_manifest(), "spec": None}, "spec: Required value", id="no spec"),
    pytest.param(
        ifcjob_manifest(operations={"properties": {"formats": ["csv", "duckdb"]}}),
        "the runner image has no DuckDB: choose sqlite",
        id="format that the image lacks",
    ),
    pytest.param(source(s3={**S3, "key": "a/../b.ifc"}), "must not contain a .. segment", id="key that climbs"),
    pytest.param(resources(memory="512m"), "must be 16Mi to 64Ti, such as 4Gi or 512Mi", id="half a byte of memory"),
    pytest.param(resources(memory=4), "must be 16Mi to 64Ti, such as 4Gi or 512Mi", id="four bytes of memory"),
    pytest.param(resources(ephemeralStorage="1Mi"), "must be 16Mi to 64Ti", id="no room for a file"),
    pytest.param(resources(cpu=0), "must be 50m to 256 CPUs", id="no CPU"),
    pytest.param(resources(cpu=-1), "must be a number of CPUs", id="negative CPUs"),
    pytest.param(resources(cpu="1000"), "must be 50m to 256 CPUs", id="a thousand CPUs"),
    pytest.param(pod(labels={"ifcjob.io/uid": "1"}), "keys under ifcjob.io", id="label of ours"),
    pytest.param(
        pod(labels={"a.kubernetes.io/x": "1"}), "keys under ifcjob.io, kubernetes.io", id="label of Kubernetes"
    ),
    pytest.param(
        pod(annotations={"k8s.io/x": "1"}), "are reserved: choose another prefix", id="annotation of Kubernetes"
    ),
    *(
        pytest.param(pod(**{place: {key: "x"}}), "are reserved for administrators", id=f"{key} as one of the {place}")
        for place, key in (
            ("labels", "azure.workload.identity/use"),
            ("labels", "sidecar.istio.io/inject"),
            ("annotations", "vault.hashicorp.com/agent-inject"),
            ("annotations", "iam.amazonaws.com/role"),
            ("annotations", "sidecar.istio.io/userVolume"),
            ("annotations", "k8s.v1.cni.cncf.io/networks"),
            ("annotations", "devices.nri.io/container.runner"),
            ("annotations", "io.katacontainers.config.hypervisor.path"),
            ("annotations", "io.kubernetes.cri-o.Devices"),
        )
    ),
    *(
        pytest.param(
            pod(annotations={key: "x"}), "are reserved: choose another prefix", id=f"{key} as one of the annotations"
        )
        for key in (
            "container.apparmor.security.beta.kubernetes.io/runner",
            "seccomp.security.alpha.kubernetes.io/pod",
            "cdi.k8s.io/all",
        )
    ),
    pytest.param(
        pod(priorityClassName="system-node-critical"),
        "choose a PriorityClass that does not start with system-",
        id="class of Kubernetes",
    ),
    pytest.param(pod(nodeSelector={"a b": "c"}), "keys must be a name such as team", id="selector with a bad key"),
    pytest.param(
        source(s3=S3, strictSchema="yes"), "strictSchema in body must be of type boolean", id="strict in words"
    ),
    pytest.param(ifcqueue_manifest("a.b"), "metadata.name must be at most 63 lower-case", id="queue with a dot"),
    pytest.param(ifcqueue_manifest("q" * 64), "metadata.name must be at most 63", id="queue name over 63"),
    pytest.param(ifcqueue_manifest(slots=-1), "should be greater than or equal to 0", id="negative slots"),
    pytest.param(ifcqueue_manifest(maxSlots=1_000_000), "less than or equal to 100000", id="a million slots"),
    pytest.param(ifcqueue_manifest(budget={"cpu": "many"}), "must be a number of CPUs", id="budget in words"),
    pytest.param(ifcqueue_manifest(budget={"memory": "1Ki"}), "must be 16Mi to 64Ti", id="budget for no job"),
    pytest.param(ifcqueue_manifest(stopPolicy="Drain"), '"None", "Hold", "HoldAndDrain"', id="unknown stop policy"),
]


@pytest.mark.parametrize(("manifest", "message"), [*BOTH_REFUSE, *CLUSTER_REFUSES])
def test_the_api_server_rejects_an_invalid_manifest(api_server: ControlPlane, manifest: Manifest, message: str) -> None:
    refused = api_server.kubectl("create", "--dry-run=server", "-f", "-", stdin=as_text(manifest))
    assert refused.returncode == 1
    assert message in refused.stderr


@pytest.mark.parametrize(("manifest", "message"), BOTH_REFUSE)
def test_the_types_reject_an_invalid_manifest(manifest: Manifest, message: str) -> None:
    del message  # Python says it in its own words.
    with pytest.raises(ValidationError):
        IfcJob.model_validate(manifest)


ACCEPTED = [
    pytest.param(ifcjob_manifest("x" * 52), id="name of 52"),
    pytest.param(web("https://example.com/a%20b/house.ifc?by=me@example.com"), id="URL with @ in its query"),
    pytest.param(web("http://example.com:8080"), id="URL without a path"),
    pytest.param(source(s3={**S3, "key": "ümlaut/a..b/{x} (1).ifc"}), id="key with any character"),
    pytest.param(source(pvc={**VOLUME, "path": "a/..b/c..d.ifc"}), id="dots that lead nowhere"),
    pytest.param(source(s3={**S3, "versionId": None}, http=None), id="null for unset"),
    pytest.param(source(s3=S3, strictSchema=True), id="strict schema"),
    pytest.param(ifcjob_manifest(operations={"properties": {"formats": ["csv", "sqlite"]}}), id="SQLite"),
    pytest.param(ifcjob_manifest(operations={"properties": {}}), id="properties without formats"),
    pytest.param(
        ifcjob_manifest(operations=None, output=None, pod=None, resources=None, retry={"limit": None}, queue=None),
        id="null for every default",
    ),
    pytest.param(ifcjob_manifest(priority=1.0, retry={"memoryFactor": 2}), id="numbers of the other kind"),
    pytest.param(source(s3={**S3, "key": "\u00a0\u2028\U0001f3e0" * 341}), id="longest key of any characters"),
    pytest.param(resources(cpu=2, memory="4Gi", maxMemory="4294967296"), id="maximum equal to memory"),
    pytest.param(resources(memory=2**32), id="memory as a number"),
    pytest.param(resources(maxMemory="32Mi"), id="maximum beside automatic memory"),
    pytest.param(resources(cpu="0.5"), id="half a CPU as text"),
    pytest.param(gltf(origin="explicit", originOffset=[0, -1.5, 2e6]), id="explicit origin with offset"),
    pytest.param(ifcjob_manifest(operations={}), id="no operation named"),
    pytest.param(pod(labels={"kueue.x-k8s.io/queue-name": "a"}), id="label of another project"),
    pytest.param(pod(labels={"team": "a", "istio": "b", "notistio.io/x": "c"}), id="labels that resemble others"),
    pytest.param(pod(annotations={"example.com/io.kubernetes": "a"}, priorityClassName="systems"), id="near misses"),
    pytest.param(pod(nodeSelector={"kubernetes.io/arch": "amd64"}), id="selector by a label of Kubernetes"),
    pytest.param(ifcqueue_manifest(), id="queue by defaults"),
    pytest.param(ifcqueue_manifest(slots=50, maxSlots=10), id="autoscaler that asks for more than the maximum"),
    pytest.param(ifcqueue_manifest(budget={"cpu": 5000, "memory": "40Ti"}), id="budget of a large cluster"),
]


@pytest.mark.parametrize("manifest", ACCEPTED)
def test_the_api_server_accepts_a_valid_manifest(api_server: ControlPlane, manifest: Manifest) -> None:
    # Other tests of the same API server store resources, some of them under this name.
    manifest = {**manifest, "metadata": {**manifest["metadata"], "name": "valid"}}
    created = api_server.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=as_text(manifest))
    assert created.stderr == ""
    # The operator has to read whatever the API server takes.
    kind: type[BaseModel] = IfcJob if manifest["kind"] == "IfcJob" else IfcQueue
    kind.model_validate_json(created.stdout)
