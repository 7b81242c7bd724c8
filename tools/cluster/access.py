"""The interface of a test cluster, of either kind."""

import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tools import images

ROOT = Path(__file__).resolve().parents[2]
SIDE_BY_SIDE = ("-m", "parallel", "-n", "3", "--dist", "loadfile")
ONE_AFTER_ANOTHER = ("-m", "not parallel")
# Exit codes of pytest.
INTERRUPTED, NO_TESTS = 2, 5


class Cluster(Protocol):
    """A Kubernetes with an S3 server and a PostgreSQL beside it; one address serves pods and tests."""

    s3_access_key: str
    s3_secret_key: str

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


def load_our_images(cluster: Cluster) -> None:
    """Hand the project's images to the cluster."""
    for name in images.names():
        cluster.load_image(f"docker.io/{images.tag(name)}", images.tag(name))


def how_to_use(cluster: Cluster) -> str:
    """Say how a person talks to the cluster."""
    command = " ".join([*cluster.inside, cluster.kubectl_program])
    return f"export KUBECONFIG={cluster.kubeconfig}\nalias kubectl='{command}'\nkubectl get nodes"


def run_tests(cluster: Cluster, arguments: Sequence[str]) -> int:
    """Run tests/e2e inside the cluster's network: first what may run side by side, then the rest one after another."""
    chosen = any(argument.startswith("tests/") for argument in arguments)
    command = [*cluster.inside, sys.executable, "-m", "pytest", *([] if chosen else ["tests/e2e"]), *arguments]
    environment = os.environ | {"IFCJOB_E2E": "1", "IFCJOB_E2E_RUN": secrets.token_hex(4)}
    codes = []
    for options in (SIDE_BY_SIDE, ONE_AFTER_ANOTHER):
        codes.append(subprocess.run([*command, *options], cwd=ROOT, env=environment, check=False).returncode)
        if codes[-1] == INTERRUPTED:
            break
    return next((code for code in codes if code not in {0, NO_TESTS}), min(codes))
