"""The interface of a test cluster, of either kind."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tools import images

ROOT = Path(__file__).resolve().parents[2]
SIDE_BY_SIDE = ("-m", "parallel", "-n", "3", "--dist", "loadfile")
ONE_AFTER_ANOTHER = ("-m", "not parallel")
# With two clusters: most scenarios only wait, so they run one after another on each of them.
ALONE = ("-m", "alone")
ON_FIRST, ON_SECOND = ("-m", "not parallel and not alone and not second"), ("-m", "second and not parallel")
# Exit codes of pytest.
INTERRUPTED, NO_TESTS = 2, 5


class Cluster(Protocol):
    """A Kubernetes with an S3 server and a PostgreSQL beside it; one address serves pods and tests."""

    s3_access_key: str
    s3_secret_key: str

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables by which another process finds this cluster."""

    @property
    def kubeconfig(self) -> Path:
        """Return the path of an administrator's kubeconfig."""

    @property
    def s3_endpoint(self) -> str:
        """Return the S3 server's URL."""

    @property
    def database_url(self) -> str:
        """Return the database's URL."""

    @property
    def inside(self) -> Sequence[str]:
        """Return what must stand before a command so that it reaches the cluster's network."""

    @property
    def kubectl_program(self) -> str:
        """Return the kubectl that fits, a name or a path."""

    @property
    def is_up(self) -> bool:
        """Tell whether everything runs."""

    def up(self) -> None:
        """Start what is not running."""

    def down(self) -> None:
        """Remove every trace."""

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl as administrator; look at `returncode`, nothing is raised."""

    def kill(self, word: str) -> int:
        """Kill every process of a pod whose command line contains a word; return how many."""

    def load_image(self, name: str, built: str) -> None:
        """Make a locally built image available to pods under a name."""

    def stop(self, component: str) -> None:
        """Stop kubelet, kube-apiserver, s3 or postgresql, as a fault would."""

    def start(self, component: str) -> None:
        """Start it again and wait until it answers."""


def cluster_here(kind: str) -> Cluster:
    """Return the cluster of that kind on this machine, running or not."""
    if kind == "node":
        from tools.cluster.node import Node

        return Node()
    if kind == "kind":
        from tools.cluster.kind import Kind

        return Kind()
    raise SystemExit(f"CLUSTER={kind}: choose node or kind")


def clusters_here(kind: str) -> list[Cluster]:
    """Return the cluster of that kind, and for a node the second one for scenarios with the mark `second`."""
    first = cluster_here(kind)
    if kind != "node":
        return [first]
    from tools.cluster.node import STATE, Node

    return [first, Node(STATE.with_name(f"{STATE.name}-second"))]


def load_our_images(cluster: Cluster) -> None:
    """Hand the project's images to the cluster."""
    for name in images.names():
        cluster.load_image(f"docker.io/{images.tag(name)}", images.tag(name))


def how_to_use(cluster: Cluster) -> str:
    """Say how a person talks to the cluster."""
    command = " ".join([*cluster.inside, cluster.kubectl_program])
    return f"export KUBECONFIG={cluster.kubeconfig}\nalias kubectl='{command}'\nkubectl get nodes"


def run_tests(clusters: Sequence[Cluster], arguments: Sequence[str]) -> int:
    """Run tests/e2e: first what may run side by side, then the rest one after another, on two clusters if there are."""
    first, *others = clusters
    run = secrets.token_hex(4)
    codes: list[int] = []
    for options in (SIDE_BY_SIDE, ALONE if others else ONE_AFTER_ANOTHER):
        codes.append(subprocess.run(**_pytest(first, [*arguments, *options], run), check=False).returncode)
        if codes[-1] == INTERRUPTED:
            return INTERRUPTED
    for second in others:
        on_second = _pytest(second, [*arguments, *ON_SECOND], run)
        codes += _run_both(_pytest(first, [*arguments, *ON_FIRST], run), on_second)
    return next((code for code in codes if code not in {0, NO_TESTS}), min(codes))


def _pytest(cluster: Cluster, arguments: Sequence[str], run: str) -> dict[str, Any]:
    """Return the arguments of a subprocess that runs tests inside the cluster's network."""
    chosen = any(argument.startswith("tests/") for argument in arguments)
    command = [*cluster.inside, sys.executable, "-m", "pytest", *([] if chosen else ["tests/e2e"]), *arguments]
    environment = {**os.environ, **cluster.environment, "IFCJOB_E2E": "1", "IFCJOB_E2E_RUN": run}
    return {"args": command, "cwd": ROOT, "env": environment}


def _run_both(first: dict[str, Any], second: dict[str, Any]) -> list[int]:
    """Run two processes at the same time, and print the output of the second when both have ended."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        beside = subprocess.Popen(**second, stdout=log, stderr=subprocess.STDOUT)
        try:
            codes = [subprocess.run(**first, check=False).returncode, beside.wait()]
        finally:
            beside.terminate()
            beside.wait()
            log.seek(0)
            shutil.copyfileobj(log, sys.stdout)
            sys.stdout.flush()
    return codes
