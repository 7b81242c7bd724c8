"""The test cluster without the operator. If these tests fail, look here before the other scenarios."""

import secrets
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import RUNNER
from tests.e2e.kube import Kube, proved, wait_until
from tools.cluster.access import Cluster

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
# Responds on port 8080.
SERVE = """
import http.server
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"served")
http.server.ThreadingHTTPServer(("", 8080), Answer).serve_forever()
"""
# The node sees a new Service a moment later.
ASK = """
import time, urllib.request
for _ in range(50):
    try:
        print(urllib.request.urlopen("http://answer.{}.svc.cluster.local", timeout=5).read().decode())
        break
    except OSError:
        time.sleep(0.2)
"""
REACH = "import socket; [socket.create_connection(a, 5) for a in {}]; print('reached')"
FILL = "a = [bytearray(1 << 20) for _ in range(512)]"


@pytest.fixture
def place(cluster: Cluster) -> Iterator[Kube]:
    """Create a namespace for restricted pods only."""
    kube = Kube(cluster, f"cluster-{secrets.token_hex(3)}")
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": kube.namespace, "labels": RESTRICTED}})
    yield kube
    kube.run("delete", "namespace", kube.namespace, "--wait=false")


@pytest.mark.parallel
def test_restricted_pod_resolves_names_and_reaches_services(cluster: Cluster, place: Kube) -> None:
    port = {"port": 80, "targetPort": 8080}
    service = {"selector": {"app": "answer"}, "ports": [port]}
    place.apply(
        pod("answer", SERVE, labels={"app": "answer"}),
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "answer"}, "spec": service},
    )
    place.run("wait", "--for=condition=Ready", "pod/answer", "--timeout=60s")
    assert finished(place, "ask", ASK.format(place.namespace)) == "Succeeded"
    assert place.run("logs", "ask").strip() == "served"
    stores = [(url.hostname, url.port) for url in map(urlsplit, (cluster.s3_endpoint, cluster.database_url))]
    assert finished(place, "reach", REACH.format(stores)) == "Succeeded"
    proved("a restricted pod reaches a Service by its name, the S3 server and PostgreSQL")


@pytest.mark.parallel
def test_pod_above_its_memory_limit_is_oom_killed(place: Kube) -> None:
    assert finished(place, "greedy", FILL, memory="64Mi") == "Failed"
    ended = (place.get("pod", "greedy") or {})["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)
    proved("a pod above its memory limit ends as OOMKilled")


def test_drain_evicts_the_selected_pods_only(place: Kube) -> None:
    for name in ("doomed", "spared"):
        place.apply(pod(name, SERVE, labels={"app": name}))
    place.run("wait", "--for=condition=Ready", "pod/doomed", "pod/spared", "--timeout=60s")
    node = str((place.get("pod", "doomed") or {})["spec"]["nodeName"])
    try:
        place.run("drain", node, "--force", "--pod-selector=app=doomed", "--timeout=60s")
        assert place.get("pod", "doomed") is None
        assert (place.get("pod", "spared") or {})["status"]["phase"] == "Running"
    finally:
        place.run("uncordon", node)
    proved("kubectl drain evicts the selected pods")


@pytest.mark.parametrize("component", ["s3", "postgresql"])
def test_stopped_store_refuses_connections_until_restart(cluster: Cluster, component: str) -> None:
    url = urlsplit({"s3": cluster.s3_endpoint, "postgresql": cluster.database_url}[component])
    assert answers(url.hostname, url.port)
    cluster.stop(component)
    try:
        assert not answers(url.hostname, url.port)
    finally:
        cluster.start(component)
    assert answers(url.hostname, url.port)
    assert urlsplit({"s3": cluster.s3_endpoint, "postgresql": cluster.database_url}[component]) == url
    proved(f"{component} stops and comes back at the same address")


def test_pods_survive_a_stop_of_kubelet_and_api_server(cluster: Cluster, place: Kube) -> None:
    place.apply(pod("lasting", SERVE))
    place.run("wait", "--for=condition=Ready", "pod/lasting", "--timeout=60s")
    before = (place.get("pod", "lasting") or {})["status"]["containerStatuses"][0]["containerID"]
    cluster.stop("kube-apiserver")
    try:
        assert cluster.kubectl("get", "nodes", "--request-timeout=3s").returncode != 0
    finally:
        cluster.start("kube-apiserver")
    cluster.stop("kubelet")
    try:
        place.apply(pod("waiting", "pass"))
        place.run("wait", "--for=condition=PodScheduled", "pod/waiting", "--timeout=30s")
    finally:
        cluster.start("kubelet")
    wait_until(lambda: phase(place, "waiting") == "Succeeded", 60, "the kubelet runs what was scheduled meanwhile")
    status = (place.get("pod", "lasting") or {})["status"]["containerStatuses"][0]
    assert (status["containerID"], status["restartCount"]) == (before, 0)
    proved("a running container outlives stops of the API server and the kubelet")


@pytest.mark.parallel
def test_killed_container_restarts_without_back_off(cluster: Cluster, place: Kube) -> None:
    word = f"killed-{secrets.token_hex(4)}"
    place.apply(pod("lives", f"'{word}'\n{SERVE}", restart="Always"))
    place.run("wait", "--for=condition=Ready", "pod/lives", "--timeout=60s")
    for restarts in (1, 2, 3):
        assert cluster.kill(word) == 1
        took = wait_until(lambda count=restarts: restarted(place, "lives", count), 15, f"restart {restarts}")  # type: ignore[misc]
    assert took < 10
    proved(f"a container killed the third time is back after {took:.1f} s")


def pod(
    name: str, program: str, *, memory: str = "128Mi", labels: dict[str, str] | None = None, restart: str = "Never"
) -> dict[str, Any]:
    """Return a pod that runs a Python program and meets the restricted standard."""
    container = {
        "name": "main",
        "image": RUNNER,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", program],
        "resources": {"limits": {"memory": memory, "cpu": "500m"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"restartPolicy": restart, "terminationGracePeriodSeconds": 1, "securityContext": security}
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec | {"containers": [container]}}


def phase(kube: Kube, name: str) -> str:
    """Return a pod's phase."""
    return str((kube.get("pod", name) or {}).get("status", {}).get("phase"))


def restarted(kube: Kube, name: str, count: int) -> bool:
    """Tell whether a pod's container runs after this number of restarts."""
    status = (kube.get("pod", name) or {})["status"]["containerStatuses"][0]
    return bool(status["restartCount"] >= count and "running" in status["state"])


def finished(kube: Kube, name: str, program: str, *, memory: str = "128Mi") -> str:
    """Run a pod to its end and return its phase."""
    kube.apply(pod(name, program, memory=memory))
    wait_until(lambda: phase(kube, name) in {"Succeeded", "Failed"}, 60, f"pod {name} ended")
    return phase(kube, name)


def answers(host: str | None, port: int | None) -> bool:
    """Tell whether an address accepts connections."""
    assert host is not None
    assert port is not None
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True
