"""A kind cluster, with the S3 server and PostgreSQL as containers beside it, on Linux with docker, kind and kubectl."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import images
from tools.cluster.processes import eventually
from tools.cluster.stores import ACCESS_KEY, PASSWORD, POSTGRES_PORT, S3_PORT, SECRET_KEY
from tools.go_programs import CACHE

NAME = "ifcjob-test"
NODE = f"{NAME}-control-plane"
STATE = CACHE / "kind"
# Both stores share the network of a third container, so that a stopped store comes back at the same address.
NETWORK = f"{NAME}-stores"
STORES = {"s3": f"{NAME}-s3", "postgresql": f"{NAME}-postgresql"}
PAUSE_IMAGE = "registry.k8s.io/pause:3.10"
S3_IMAGE = "versity/versitygw:v1.8.0"
POSTGRES_IMAGE = "postgres:15"
# A killed container comes back at once, however often: the tests kill much.
CONFIG = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
kubeadmConfigPatches:
  - |
    kind: KubeletConfiguration
    featureGates: {KubeletCrashLoopBackOffMax: true}
    crashLoopBackOff: {maxContainerRestartPeriod: 1s}
"""
IN_THE_NODE = {
    "kubelet": (["systemctl", "stop", "kubelet"], ["systemctl", "start", "kubelet"]),
    # The kubelet restarts a static pod at once, unless its manifest is away.
    "kube-apiserver": (
        ["mv", "/etc/kubernetes/manifests/kube-apiserver.yaml", "/root/"],
        ["mv", "/root/kube-apiserver.yaml", "/etc/kubernetes/manifests/"],
    ),
}


class Kind:
    """The kind cluster of the tests."""

    s3_access_key = ACCESS_KEY
    s3_secret_key = SECRET_KEY
    inside: Sequence[str] = ()
    kubectl_program = "kubectl"

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables by which another process finds it: there is only one."""
        return {}

    @property
    def kubeconfig(self) -> Path:
        """Return the path of an administrator's kubeconfig."""
        return STATE / "kubeconfig"

    @property
    def s3_endpoint(self) -> str:
        """Return the S3 server's URL, on the network kind shares with this machine."""
        return f"http://{_address()}:{S3_PORT}"

    @property
    def database_url(self) -> str:
        """Return the database's URL."""
        return f"postgresql://ifcjob:{PASSWORD}@{_address()}:{POSTGRES_PORT}/ifcjob"

    @property
    def is_up(self) -> bool:
        """Tell whether the node and both stores run."""
        return shutil.which("docker") is not None and all(map(_is_running, (NODE, NETWORK, *STORES.values())))

    def up(self) -> None:
        """Create the cluster and the stores; a half-made one is deleted first."""
        if self.is_up:
            return
        self.down()
        STATE.mkdir(parents=True)
        config = STATE / "kind.yaml"
        config.write_text(CONFIG, encoding="utf-8")
        place = ("--name", NAME, "--kubeconfig", str(self.kubeconfig))
        _run("kind", "create", "cluster", *place, "--config", str(config), "--wait", "120s")
        _run("docker", "run", "-d", "--network", "kind", "--name", NETWORK, PAUSE_IMAGE)
        volumes = ("-v", "/data", "-v", "/versions", "-v", "/metadata")
        keys = ("-e", f"ROOT_ACCESS_KEY={ACCESS_KEY}", "-e", f"ROOT_SECRET_KEY={SECRET_KEY}")
        command = ("--port", f":{S3_PORT}", "posix", "--versioning-dir", "/versions", "--sidecar", "/metadata", "/data")
        _run_store("s3", *volumes, *keys, S3_IMAGE, *command)
        _run_store("postgresql", "-e", "POSTGRES_USER=ifcjob", "-e", f"POSTGRES_PASSWORD={PASSWORD}", POSTGRES_IMAGE)
        for component in STORES:
            _wait_store(component)

    def down(self) -> None:
        """Delete the cluster, both stores and what they have stored."""
        _require_programs()
        _succeeds("kind", "delete", "cluster", "--name", NAME, "--kubeconfig", str(self.kubeconfig))
        _succeeds("docker", "rm", "-f", "-v", *STORES.values(), NETWORK)
        shutil.rmtree(STATE, ignore_errors=True)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl as administrator; look at `returncode`, nothing is raised."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=120)

    def kill(self, word: str) -> int:
        """Kill every process of a pod whose command line contains a word; return how many."""
        command = ("docker", "exec", NODE, "pkill", "-KILL", "--count", "--full", word)
        return int(subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True).stdout)

    def load_image(self, name: str, built: str) -> None:
        """Make a locally built image available to pods under a name.

        Not `kind load`: it asks for every platform of an image, and fails for images that Docker keeps in containerd
        (https://github.com/kubernetes-sigs/kind/issues/3795).
        """
        with tempfile.TemporaryDirectory(prefix="ifcjob-image-") as folder:
            archive = Path(folder, "image.tar")
            images.save(built, name, archive)
            with archive.open("rb") as content:
                command = ["docker", "exec", "-i", NODE, "ctr", "-n", "k8s.io", "images", "import", "-"]
                subprocess.run(command, stdin=content, check=True, stdout=subprocess.DEVNULL)

    def stop(self, component: str) -> None:
        """Stop kubelet, kube-apiserver, s3 or postgresql, as a fault would."""
        if component in STORES:
            _run("docker", "kill", STORES[component])
            return
        _run("docker", "exec", NODE, *IN_THE_NODE[component][0])
        if component == "kube-apiserver" and not eventually(lambda: not self._answers(), 90):
            raise TimeoutError("the API server does not stop")

    def start(self, component: str) -> None:
        """Start it again and wait until it answers."""
        if component in STORES:
            _run("docker", "start", STORES[component])
            _wait_store(component)
            return
        _run("docker", "exec", NODE, *IN_THE_NODE[component][1])
        if not eventually(self._answers, 120):
            raise TimeoutError("the API server does not answer")
        self.kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=120s")

    def _answers(self) -> bool:
        return self.kubectl("get", "--raw", "/readyz", "--request-timeout=3s").returncode == 0


def _require_programs() -> None:
    missing = [program for program in ("docker", "kind", "kubectl") if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"CLUSTER=kind needs {', '.join(missing)} on PATH")
    if not _succeeds("docker", "version"):
        raise SystemExit("CLUSTER=kind needs a docker daemon that answers")


def _run_store(component: str, *arguments: str) -> None:
    _run("docker", "run", "-d", "--network", f"container:{NETWORK}", "--name", STORES[component], *arguments)


def _wait_store(component: str) -> None:
    probes = {
        "postgresql": ("docker", "exec", STORES["postgresql"], "pg_isready", "-h", "127.0.0.1", "-U", "ifcjob"),
        # The image has no client; the node stands where the pods will.
        "s3": ("docker", "exec", NODE, "bash", "-c", f": < /dev/tcp/{_address()}/{S3_PORT}"),
    }
    if not eventually(lambda: _succeeds(*probes[component]), 60):
        raise TimeoutError(f"{component} does not answer")


def _address() -> str:
    described = json.loads(_run("docker", "inspect", NETWORK))
    return str(described[0]["NetworkSettings"]["Networks"]["kind"]["IPAddress"])


def _is_running(container: str) -> bool:
    command = ("docker", "inspect", "--format", "{{.State.Running}}", container)
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip() == "true"


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
