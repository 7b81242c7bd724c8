"""Programs that a test runs as root on the node, on a folder there: what no restricted pod may."""

import secrets

from tests.e2e.conftest import RUNNER
from tests.e2e.kube import Kube


def root_pod(kube: Kube, folder: str, program: str) -> str:
    """Run Python as root with the folder at /v, in a namespace that allows it, and return what it prints."""
    other = Kube(kube.cluster, "default")
    pod = f"root-{secrets.token_hex(3)}"
    container = {
        "name": "python",
        "image": RUNNER,
        "command": ["python", "-c", program],
        "securityContext": {"runAsUser": 0},
        "volumeMounts": [{"name": "files", "mountPath": "/v"}],
    }
    spec = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "files", "hostPath": {"path": folder, "type": "DirectoryOrCreate"}}],
    }
    other.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod}, "spec": spec})
    other.run("wait", "--for=jsonpath={.status.phase}=Succeeded", f"pod/{pod}", "--timeout=60s")
    printed = other.run("logs", pod)
    other.run("delete", "pod", pod, "--wait=false")
    return printed
