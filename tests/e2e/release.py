"""The chart on the test cluster: one release at a time, with the values of a test."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e import issuer
from tests.e2e.kube import Kube, ifcjob, wait_until
from tools.cluster.access import Cluster
from tools.cluster.helm import BUILT, CHART, SYSTEM, Values, helm, merged

NAME = "ifcjob"
RUN = os.environ.get("IFCJOB_E2E_RUN") or secrets.token_hex(4)
"""The same in all processes of one `make e2e`, which share the release."""
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


class Release:
    """The release of the chart. It tracks the installed values and changes the release only when they differ."""

    def __init__(self, cluster: Cluster) -> None:
        """Start without knowing the installed values, so that the first `ensure` installs or upgrades the release."""
        self.cluster = cluster
        self._installed: tuple[str, Path, dict[str, Any]] | None = None
        self._former: tuple[str, Path, dict[str, Any]] | None = None
        # Image tags do not change between builds, so pods of an earlier run must be replaced.
        self._images = merged(
            BUILT, {name: {"podAnnotations": {"test-run": RUN}} for name in ("operator", "api", "web")}
        )

    @property
    def external(self) -> dict[str, Any]:
        """Return values for the cluster's own S3 server and PostgreSQL."""
        return merged(
            self._images,
            {
                "objectStore": {"endpoint": self.cluster.s3_endpoint, "existingSecret": {"name": "object-store"}},
                "database": {"existingSecret": {"name": "database"}},
                "operator": {
                    "settings": {"IFCJOB_HTTP_HOSTS": self.cluster.s3_endpoint.removeprefix("http://")},
                    # Leaves the node's CPUs to the scenarios.
                    "resources": {"requests": {"cpu": "100m"}},
                },
                "api": {
                    "enabled": True,
                    "auth": issuer.AUTH,
                    "settings": {"IFCJOB_API_OIDC_USER_PREFIX": "oidc:"},
                    # The tests reach it at the node's address.
                    "service": {"type": "NodePort"},
                    "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
                },
                "web": {
                    "enabled": True,
                    "service": {"type": "NodePort"},
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
                },
            },
        )

    def ensure(self, changes: Values | None = None, chart: Path = CHART) -> Kube:
        """Install the release with external stores in the test namespace, with these changes to its values."""
        return self.install(merged(self.external, changes or {}), chart=chart)

    def install(self, values: Values, namespace: str = SYSTEM, chart: Path = CHART) -> Kube:
        """Install or upgrade the release to exactly these values and this tree's images, if it differs."""
        requested = (namespace, chart, merged(self._images, values))
        kube = Kube(self.cluster, namespace)
        if self._installed == requested:
            return kube
        with self._alone():
            self._install(kube, *requested)
        return kube

    def _install(self, kube: Kube, namespace: str, chart: Path, values: dict[str, Any]) -> None:
        requested = (namespace, chart, values)
        if self._installed is None and chart == CHART and self._is_deployed(namespace, values):
            self._installed = requested
            return
        if self._installed is None or self._installed[0] != namespace:
            self.uninstall()
            self.prepare(kube)
        self._former, self._installed = self._installed, None
        self.helm("upgrade", "--install", NAME, str(chart), *_in(namespace), "--timeout", "3m", values=values)
        if not values.get("admissionPolicy", {}).get("enabled"):
            # The API server enforces a deleted policy for a moment longer.
            wait_until(lambda: self._admits(kube), 30, "an IfcJob is admitted")
        self._installed = requested

    def rollback(self) -> None:
        """Run `helm rollback` to the previous revision, without hooks."""
        assert self._installed
        assert self._former
        namespace, self._installed = self._installed[0], None
        self.helm("rollback", NAME, *_in(namespace), "--timeout", "3m")
        self._installed = self._former

    def uninstall(self) -> None:
        """Uninstall the release; custom resources remain."""
        self._installed = None
        listed = self.helm("list", "--all-namespaces", "--output", "json", "--filter", f"^{NAME}$")
        for release in json.loads(listed):
            self.helm("uninstall", NAME, *_in(release["namespace"]))
            # Without its role the leader cannot release it, and the next one would wait until it expires.
            kube = Kube(self.cluster, release["namespace"])
            kube.run("delete", "lease", f"{NAME}-operator", "--ignore-not-found")

    def prepare(self, kube: Kube) -> None:
        """Create a namespace for restricted pods only, with the Secrets of the external stores, and an OIDC issuer."""
        cluster = self.cluster
        namespace = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": kube.namespace, "labels": RESTRICTED},
        }
        keys = {"access-key": cluster.s3_access_key, "secret-key": cluster.s3_secret_key}
        kube.apply(namespace)
        kube.apply(secret("object-store", **keys), secret("database", url=cluster.database_url))
        oidc = issuer.Issuer(cluster)
        Kube(cluster, issuer.NAMESPACE).apply(*oidc.resources())
        kube.apply(oidc.authority())

    def helm(self, *arguments: str, values: Values | None = None) -> str:
        """Run helm on the cluster and return its output; an error fails the test with its message."""
        kubeconfig = ("--kubeconfig", str(self.cluster.kubeconfig))
        done = helm(*arguments, *kubeconfig, values=values, inside=tuple(self.cluster.inside))
        assert done.returncode == 0, f"helm {' '.join(arguments)}: {done.stderr}\n{done.stdout[-3000:]}"
        return done.stdout

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from changing the release meanwhile."""
        with self.cluster.kubeconfig.with_name("release.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _is_deployed(self, namespace: str, values: dict[str, Any]) -> bool:
        """Tell whether another process of this run has installed just these values."""
        kubeconfig = ("--kubeconfig", str(self.cluster.kubeconfig), "--namespace", namespace, "--output", "json")
        done = helm("status", NAME, *kubeconfig, inside=tuple(self.cluster.inside))
        status = json.loads(done.stdout) if done.returncode == 0 else {}
        return bool(status) and status["info"]["status"] == "deployed" and status.get("config") == values

    def _admits(self, kube: Kube) -> bool:
        """Tell whether an IfcJob with a web server is admitted, which every policy of these tests denies."""
        elsewhere = {"http": {"url": "https://example.invalid/a.ifc"}}
        probe = json.dumps(ifcjob("probe", "any", "a.ifc", source=elsewhere))
        result = kube.cluster.kubectl("-n", kube.namespace, "create", "--dry-run=server", "-f", "-", stdin=probe)
        return result.returncode == 0


def secret(name: str, **entries: str) -> dict[str, Any]:
    """Return a Secret manifest."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": entries}


def _in(namespace: str) -> tuple[str, ...]:
    return ("--namespace", namespace, "--wait")
