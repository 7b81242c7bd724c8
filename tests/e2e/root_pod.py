"""Root pods on the node, for file access that restricted pods do not have."""

import secrets

from tests.e2e.conftest import RUNNER
from tests.e2e.kube import Kube


def root_pod(kube: Kube, folder: str, program: str) -> str:
    """Run Python as root with the folder mounted at /v, in a privileged namespace, and return its output."""
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
