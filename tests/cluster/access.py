"""What tests may know of a cluster, whichever it is."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tests.cluster import images

ROOT = Path(__file__).resolve().parents[2]


class TestCluster(Protocol):
    """A Kubernetes with an S3 server and a PostgreSQL beside it; one address serves pods and tests."""

    __test__ = False  # for pytest: no test class

    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    database_url: str
    inside: Sequence[str]
    """Put before a command so that it reaches the cluster's network."""

    @property
    def kubeconfig(self) -> Path:
        """Return the path of an administrator's kubeconfig."""

    @property
    def is_up(self) -> bool:
        """Tell whether everything runs."""

    def up(self) -> None:
        """Start what is not running."""

    def down(self) -> None:
        """Remove every trace."""

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl as administrator; look at `returncode`, nothing is raised."""

    def load_image(self, name: str, built: str) -> None:
        """Make a locally built image available to pods under a name."""

    def stop(self, component: str) -> None:
        """Stop kubelet, kube-apiserver, s3 or postgresql, as a fault would."""

    def start(self, component: str) -> None:
        """Start it again and wait until it answers."""


def cluster_here(kind: str) -> TestCluster:
    """Return the cluster of that kind on this machine, running or not."""
    if kind == "node":
        from tests.cluster.node import Node

        return Node()
    if kind == "kind":
        from tests.cluster.kind import Kind

        return Kind()
    raise SystemExit(f"CLUSTER={kind}: choose node or kind")


def load_our_images(cluster: TestCluster) -> None:
    """Build the project's images and hand them to the cluster."""
    for name in sorted(path.suffix[1:] for path in ROOT.glob("Dockerfile.*")):
        cluster.load_image(f"docker.io/{images.tag(name)}", images.build(name))


def how_to_use(cluster: TestCluster) -> str:
    """Say how a person talks to the cluster."""
    prefix = " ".join([*cluster.inside, ""]) if cluster.inside else ""
    return f"export KUBECONFIG={cluster.kubeconfig}\n{prefix}kubectl get nodes"


def run_tests(cluster: TestCluster, arguments: Sequence[str]) -> int:
    """Run tests/e2e inside the cluster's network."""
    command = [*cluster.inside, sys.executable, "-m", "pytest", "tests/e2e", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"IFCJOB_E2E": "1"}, check=False).returncode
