"""Diagnostics of a failed scenario, since the cluster no longer exists when the report is read."""

import subprocess

from tools.cluster.access import Cluster
from tools.cluster.helm import SYSTEM

LINES = 80


def evidence(cluster: Cluster, namespace: str | None) -> list[tuple[str, str]]:
    """Collect the last log lines of operator and API, and the objects of the test's namespace, by title."""
    operator = ("-n", SYSTEM, "-l", "app.kubernetes.io/component=operator")
    commands = {
        "operator": ("logs", *operator, "--prefix", f"--tail={LINES}"),
        "operator before its last restart": ("logs", *operator, "--prefix", "--previous", f"--tail={LINES}"),
        "API": ("logs", "-n", SYSTEM, "-l", "app.kubernetes.io/component=api", "--prefix", f"--tail={LINES}"),
        "web": ("logs", "-n", SYSTEM, "-l", "app.kubernetes.io/component=web", "--prefix", f"--tail={LINES}"),
        "pods of the release": ("get", "pods", "-o", "wide", "-n", SYSTEM),
    }
    if namespace is not None:
        commands |= {
            "resources": ("-n", namespace, "get", "ifcqueues,ifcjobs,jobs,pods", "-o", "wide"),
            "IfcJobs that did not succeed": (
                *("-n", namespace, "get", "ifcjobs", "-o"),
                'jsonpath={range .items[?(@.status.phase!="Succeeded")]}{.metadata.name}: {.status}{"\\n"}{end}',
            ),
            "events": ("-n", namespace, "get", "events", "--sort-by=.lastTimestamp"),
        }
    return [(title, _output(cluster, arguments)) for title, arguments in commands.items()]


def _output(cluster: Cluster, arguments: tuple[str, ...]) -> str:
    try:
        done = cluster.kubectl("--request-timeout=10s", *arguments)
    except subprocess.TimeoutExpired:
        return "kubectl does not answer"
    return "\n".join((done.stdout or done.stderr).splitlines()[-2 * LINES :])
