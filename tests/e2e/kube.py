"""kubectl for tests. Every wait has a deadline and reports the last status."""

import json
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.e2e.api import POLLED, read
from tools.cluster.access import Cluster

Resource = dict[str, Any]
FINISHED = ("Succeeded", "Failed", "Cancelled")
# Scenarios that run side by side share two cores.
CPU = "500m" if "PYTEST_XDIST_WORKER" in os.environ else "1"


class Kube:
    """kubectl in one namespace."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        """Use `namespace` of a cluster."""
        self.cluster = cluster
        self.namespace = namespace

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl and return its output; an error fails the test with its message."""
        done = self.cluster.kubectl("-n", self.namespace, *arguments, stdin=stdin)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def apply(self, *resources: Resource) -> None:
        """Create or change resources."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(resources)}
        self.run("apply", "-f", "-", stdin=json.dumps(listed))

    def get(self, kind: str, name: str) -> Resource | None:
        """Return a resource, or None."""
        if kind in POLLED:
            return read(self.cluster.kubeconfig, f"{POLLED[kind].format(self.namespace)}/{name}")
        output = self.run("get", kind, name, "--ignore-not-found", "-o", "json")
        return json.loads(output) if output.strip() else None

    def all(self, kind: str, selector: str = "") -> list[Resource]:
        """Return every resource of a kind."""
        if kind in POLLED:
            listed = read(self.cluster.kubeconfig, POLLED[kind].format(self.namespace), labelSelector=selector)
            return list((listed or {"items": []})["items"])
        return list(json.loads(self.run("get", kind, "-l", selector, "-o", "json"))["items"])

    def patch(self, kind: str, name: str, spec: Resource) -> None:
        """Change fields of a resource's spec."""
        self.run("patch", kind, name, "--type=merge", "-p", json.dumps({"spec": spec}))

    def phase(self, name: str) -> str:
        """Return an IfcJob's phase."""
        return str((self.get("ifcjob", name) or {}).get("status", {}).get("phase", "gone"))

    def wait(self, kind: str, name: str, holds: Callable[[Resource], bool], seconds: float, what: str) -> Resource:
        """Wait until a resource meets a condition; otherwise fail with its status."""
        seen: Resource | None = None

        def is_met() -> bool:
            nonlocal seen
            seen = self.get(kind, name)
            return seen is not None and holds(seen)

        wait_until(is_met, seconds, f"{kind} {name}: {what}", lambda: json.dumps((seen or {}).get("status"), indent=1))
        assert seen is not None
        return seen

    def wait_phase(self, name: str, *phases: str, seconds: float = 60) -> Resource:
        """Wait until an IfcJob is in one of these phases; fail at once if it finishes in another."""

        def reached(ifcjob: Resource) -> bool:
            phase = ifcjob.get("status", {}).get("phase")
            assert phase in phases or phase not in FINISHED, f"{name} is {phase}: {ifcjob['status'].get('failure')}"
            return phase in phases

        return self.wait("ifcjob", name, reached, seconds, f"phase {' or '.join(phases)}")

    def wait_finished(self, *names: str, seconds: float = 120) -> dict[str, Resource]:
        """Wait until IfcJobs have finished with any outcome, and return them by name."""
        jobs: dict[str, Resource] = {}

        def finished() -> bool:
            jobs.update({job["metadata"]["name"]: job for job in self.all("ifcjob")})
            return all(jobs.get(name, {}).get("status", {}).get("phase") in FINISHED for name in names)

        def unfinished() -> str:
            phases = {name: jobs.get(name, {}).get("status", {}).get("phase") for name in names}
            return str({name: phase for name, phase in phases.items() if phase not in FINISHED})

        wait_until(finished, seconds, f"{len(names)} IfcJobs finished", unfinished)
        return {name: jobs[name] for name in names}

    def wait_gone(self, kind: str, name: str, seconds: float = 30) -> None:
        """Wait until a resource is gone."""
        wait_until(lambda: self.get(kind, name) is None, seconds, f"{kind} {name} gone")


def wait_until(
    holds: Callable[[], bool], seconds: float, what: str, seen: Callable[[], str] = lambda: "", every: float = 0.3
) -> float:
    """Wait until a condition is true and return the seconds it took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, f"not within {seconds:.0f} s: {what}\n{seen()}"
        time.sleep(every)
    return time.monotonic() - started


def ifcjob(name: str, bucket: str, key: str, **spec: Any) -> Resource:
    """Return an IfcJob with source and output in the same bucket."""
    return {
        "apiVersion": "ifcjob.io/v1alpha1",
        "kind": "IfcJob",
        "metadata": {"name": name},
        "spec": {
            "source": {"s3": {"bucket": bucket, "key": key}},
            "output": {"s3": {"bucket": bucket, "prefix": f"artifacts/{name}"}},
            **spec,
            "resources": {"cpu": CPU} | spec.get("resources", {}),
        },
    }


def proved(*sentences: str) -> None:
    """Print the results of a scenario."""
    for sentence in sentences:
        print(f"  proved: {sentence}")


def conditions_of(resource: Resource) -> dict[str, Resource]:
    """Return a resource's conditions by type."""
    conditions: Sequence[Resource] = resource.get("status", {}).get("conditions", [])
    return {condition["type"]: condition for condition in conditions}
