"""The chart on the test cluster: one release at a time, with the values that a test asks for."""

import json
import secrets
from pathlib import Path
from typing import Any

from tests.e2e.kube import Kube, ifcjob, wait_until
from tools.cluster.access import Cluster
from tools.cluster.helm import BUILT, CHART, SYSTEM, Values, helm, merged

NAME = "ifcjob"
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


class Release:
    """The one release of the chart; it knows what is installed and changes it only when another is wanted."""

    def __init__(self, cluster: Cluster) -> None:
        """Take the release of a cluster as unknown: the first `ensure` installs or upgrades it, whatever is there."""
        self.cluster = cluster
        self._installed: tuple[str, Path, dict[str, Any]] | None = None
        self._former: tuple[str, Path, dict[str, Any]] | None = None
        # Images keep their names from build to build: pods of a former run must go.
        self._images = merged(BUILT, {"operator": {"podAnnotations": {"test-run": secrets.token_hex(4)}}})

    @property
    def external(self) -> dict[str, Any]:
        """Return values for the cluster's own S3 server and PostgreSQL."""
        return merged(
            self._images,
            {
                "objectStore": {"endpoint": self.cluster.s3_endpoint, "existingSecret": {"name": "object-store"}},
                "database": {"existingSecret": {"name": "database"}},
                "operator": {"settings": {"IFCJOB_HTTP_HOSTS": self.cluster.s3_endpoint.removeprefix("http://")}},
            },
        )

    def ensure(self, changes: Values | None = None, chart: Path = CHART) -> Kube:
        """Have the release with external stores, in the namespace of the tests, with these changes of its values."""
        return self.install(merged(self.external, changes or {}), chart=chart)

    def install(self, values: Values, namespace: str = SYSTEM, chart: Path = CHART) -> Kube:
        """Have the release with just these values, and our images; install or upgrade it where it differs."""
        wanted = (namespace, chart, merged(self._images, values))
        kube = Kube(self.cluster, namespace)
        if self._installed == wanted:
            return kube
        if self._installed is None or self._installed[0] != namespace:
            self.uninstall()
            self.prepare(kube)
        self._former, self._installed = self._installed, None
        self.helm("upgrade", "--install", NAME, str(chart), *_in(namespace), "--timeout", "3m", values=wanted[2])
        if not wanted[2].get("admissionPolicy", {}).get("enabled"):
            # An API server forgets a policy of the former release a little after it is gone.
            wait_until(lambda: self._admits(kube), 30, "an IfcJob is admitted")
        self._installed = wanted
        return kube

    def rollback(self) -> None:
        """Go back to what was installed before the last change, as `helm rollback` does: without hooks."""
        assert self._installed
        assert self._former
        namespace, self._installed = self._installed[0], None
        self.helm("rollback", NAME, *_in(namespace), "--timeout", "3m")
        self._installed = self._former

    def uninstall(self) -> None:
        """Have no release; custom resources stay."""
        self._installed = None
        listed = self.helm("list", "--all-namespaces", "--output", "json", "--filter", f"^{NAME}$")
        for found in json.loads(listed):
            self.helm("uninstall", NAME, *_in(found["namespace"]))

    def prepare(self, kube: Kube) -> None:
        """Make a namespace in which only restricted pods may run, with the Secrets of the external stores."""
        cluster = self.cluster
        namespace = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": kube.namespace, "labels": RESTRICTED},
        }
        keys = {"access-key": cluster.s3_access_key, "secret-key": cluster.s3_secret_key}
        kube.apply(namespace)
        kube.apply(secret("object-store", **keys), secret("database", url=cluster.database_url))

    def helm(self, *arguments: str, values: Values | None = None) -> str:
        """Run helm on the cluster and return what it prints; a failure fails the test with its words."""
        kubeconfig = ("--kubeconfig", str(self.cluster.kubeconfig))
        done = helm(*arguments, *kubeconfig, values=values, inside=tuple(self.cluster.inside))
        assert done.returncode == 0, f"helm {' '.join(arguments)}: {done.stderr}\n{done.stdout[-3000:]}"
        return done.stdout

    def _admits(self, kube: Kube) -> bool:
        """Say whether an IfcJob is admitted that no policy of these tests would admit: they allow no web server."""
        elsewhere = {"http": {"url": "https://example.invalid/a.ifc"}}
        probe = json.dumps(ifcjob("probe", "any", "a.ifc", source=elsewhere))
        tried = kube.cluster.kubectl("-n", kube.namespace, "create", "--dry-run=server", "-f", "-", stdin=probe)
        return tried.returncode == 0


def secret(name: str, **entries: str) -> dict[str, Any]:
    """Describe a Secret."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": entries}


def _in(namespace: str) -> tuple[str, ...]:
    return ("--namespace", namespace, "--wait")
