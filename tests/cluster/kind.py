"""A kind cluster, with the S3 server and PostgreSQL as containers on its network. Needs docker, kind and kubectl."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.processes import eventually
from tests.cluster.stores import ACCESS_KEY, PASSWORD, POSTGRES_PORT, S3_PORT, SECRET_KEY

NAME = "ifcjob-test"
NODE = f"{NAME}-control-plane"
S3_IMAGE = "versity/versitygw:v1.8.0"
POSTGRES_IMAGE = "postgres:15"
STATE = Path.home() / ".cache" / "ifcjob" / "kind"
CONTAINERS = {"s3": f"{NAME}-s3", "postgresql": f"{NAME}-postgresql"}
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

    @property
    def kubeconfig(self) -> Path:
        """Return the path of an administrator's kubeconfig."""
        return STATE / "kubeconfig"

    @property
    def s3_endpoint(self) -> str:
        """Return the S3 server's URL, on the network kind shares with this machine."""
        return f"http://{_address(CONTAINERS['s3'])}:{S3_PORT}"

    @property
    def database_url(self) -> str:
        """Return the database's URL."""
        return f"postgresql://ifcjob:{PASSWORD}@{_address(CONTAINERS['postgresql'])}:{POSTGRES_PORT}/ifcjob"

    @property
    def is_up(self) -> bool:
        """Tell whether the node and both stores run."""
        return all(
            _succeeds("docker", "inspect", "-f", "{{.State.Running}}", name) for name in [NODE, *CONTAINERS.values()]
        )

    def up(self) -> None:
        """Create what is missing."""
        if self.is_up:
            return
        self.down()
        STATE.mkdir(parents=True, exist_ok=True)
        _run("kind", "create", "cluster", "--name", NAME, "--kubeconfig", str(self.kubeconfig), "--wait", "120s")
        keys = ["-e", f"ROOT_ACCESS_KEY={ACCESS_KEY}", "-e", f"ROOT_SECRET_KEY={SECRET_KEY}"]
        s3 = ["--port", f":{S3_PORT}", "posix", "--versioning-dir", "/versions", "--nometa", "/data"]
        volumes = ["--tmpfs", "/data", "--tmpfs", "/versions"]
        _run("docker", "run", "-d", "--network", "kind", "--name", CONTAINERS["s3"], *keys, *volumes, S3_IMAGE, *s3)
        account = ["-e", "POSTGRES_USER=ifcjob", "-e", f"POSTGRES_PASSWORD={PASSWORD}"]
        _run("docker", "run", "-d", "--network", "kind", "--name", CONTAINERS["postgresql"], *account, POSTGRES_IMAGE)
        self._wait_database()

    def down(self) -> None:
        """Delete the cluster and both stores."""
        _succeeds("kind", "delete", "cluster", "--name", NAME)
        _succeeds("docker", "rm", "-f", "-v", *CONTAINERS.values())

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl as administrator; look at `returncode`, nothing is raised."""
        command = ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=120)

    def load_image(self, name: str, built: str) -> None:
        """Make a locally built image available to pods under a name."""
        _run("docker", "tag", built, name)
        _run("kind", "load", "docker-image", "--name", NAME, name)

    def stop(self, component: str) -> None:
        """Stop kubelet, kube-apiserver, s3 or postgresql, as a fault would."""
        if component in CONTAINERS:
            _run("docker", "kill", CONTAINERS[component])
        else:
            _run("docker", "exec", NODE, *IN_THE_NODE[component][0])

    def start(self, component: str) -> None:
        """Start it again and wait until it answers."""
        if component in CONTAINERS:
            _run("docker", "start", CONTAINERS[component])
            self._wait_database()
        else:
            _run("docker", "exec", NODE, *IN_THE_NODE[component][1])
            eventually(lambda: self.kubectl("get", "--raw", "/readyz").returncode == 0, 120)
        self.kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=120s")

    def _wait_database(self) -> None:
        ready = ("docker", "exec", CONTAINERS["postgresql"], "pg_isready", "-U", "ifcjob")
        if not eventually(lambda: _succeeds(*ready), 60):
            raise TimeoutError("PostgreSQL does not answer")


def _address(container: str) -> str:
    described = json.loads(_run("docker", "inspect", container))
    return str(described[0]["NetworkSettings"]["Networks"]["kind"]["IPAddress"])


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
