"""KEDA on a test cluster: a node gets what its pinned Go module holds, kind pulls the release of the same version."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from tools import images
from tools.cluster.access import Cluster
from tools.cluster.kind import Kind
from tools.go_programs import KEDA, MODULES, PROGRAMS, files_of, tool

# Each program with its image, and where the manifests expect it there.
IMAGES = {
    "keda-operator": ("ghcr.io/kedacore/keda", "/keda"),
    "keda-adapter": ("ghcr.io/kedacore/keda-metrics-apiserver", "/keda-adapter"),
    "keda-webhooks": ("ghcr.io/kedacore/keda-admission-webhooks", "/keda-admission-webhooks"),
}
NOBODY = 65532
RELEASE = "https://github.com/kedacore/keda/releases/download/{version}/keda-{number}.yaml"
DEPLOYMENTS = ("keda-operator", "keda-metrics-apiserver", "keda-admission")
METRICS_API = "apiservice/v1beta1.external.metrics.k8s.io"
CONTAINER = "/spec/template/spec/containers/0"


def install(cluster: Cluster) -> None:
    """Install KEDA, if it is not there, and wait until it scales."""
    if not isinstance(cluster, Kind):
        _load_images(cluster)
    _run(cluster, "apply", "--server-side", "--force-conflicts", "-f", _manifests(cluster))
    for name in DEPLOYMENTS:
        _run(cluster, "-n", "keda", "rollout", "status", f"deployment/{name}", "--timeout=110s")
    _run(cluster, "wait", "--for=condition=Available", METRICS_API, "--timeout=60s")


def uninstall(cluster: Cluster) -> None:
    """Remove KEDA with all its objects; those go first, since it alone can take its finalizers off."""
    for kind in ("scaledobjects", "scaledjobs"):
        if cluster.kubectl("get", "crd", f"{kind}.keda.sh").returncode == 0:
            _run(cluster, "delete", kind, "--all", "--all-namespaces")
    _run(cluster, "delete", "--ignore-not-found", "-f", _manifests(cluster))


def _load_images(cluster: Cluster) -> None:
    for program, (image, path) in IMAGES.items():
        built = f"localhost/{program}-{tool(program).parent.name}"
        if not images.exists(built):
            images.from_scratch(built, tool(program), path, user=NOBODY)
        cluster.load_image(f"{image}:{_version().lstrip('v')}", built)


def _manifests(cluster: Cluster) -> str:
    """Return the path or the URL of KEDA's manifests; what a node gets is kept beside the programs."""
    if isinstance(cluster, Kind):
        return RELEASE.format(version=_version(), number=_version().lstrip("v"))
    rendered = tool("keda-operator").with_name("keda.yaml")
    if not rendered.exists():
        part = rendered.with_suffix(f".part{os.getpid()}")
        part.write_text(_render(), encoding="utf-8")
        part.rename(rendered)
    return str(rendered)


def _render() -> str:
    """Take the module's manifests, with the images of its version, and probes that begin at once."""
    default = files_of(PROGRAMS, KEDA) / "config" / "default"
    probed = {"op": "replace", "path": f"{CONTAINER}/readinessProbe/initialDelaySeconds", "value": 1}
    pulled = {"op": "replace", "path": f"{CONTAINER}/imagePullPolicy", "value": "IfNotPresent"}
    with tempfile.TemporaryDirectory(prefix="ifcjob-keda-") as folder:
        overlay = {
            "resources": [os.path.relpath(default, folder)],
            "images": [{"name": image, "newTag": _version().lstrip("v")} for image, _ in IMAGES.values()],
            "patches": [{"target": {"kind": "Deployment"}, "patch": json.dumps([probed, pulled])}],
        }
        Path(folder, "kustomization.yaml").write_text(json.dumps(overlay), encoding="utf-8")
        command = [str(tool("kubectl")), "kustomize", folder]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _version() -> str:
    words = (MODULES / PROGRAMS / "go.mod").read_text(encoding="utf-8").split()
    return words[words.index(KEDA) + 1]


def _run(cluster: Cluster, *arguments: str) -> None:
    done = cluster.kubectl(*arguments)
    if done.returncode:
        raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr}")
