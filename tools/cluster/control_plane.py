"""etcd and kube-apiserver, and on demand the controllers and the scheduler: real ones, as plain processes."""

import itertools
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.pki import make_pki
from tools.cluster.processes import Processes
from tools.go_programs import tool

# Networks set aside for benchmarks (RFC 2544) and documentation (RFC 5737): no machine has a real one of these.
SERVICE_NETWORK = "198.18.0.0/16"
FIRST_SERVICE = "198.18.0.1"
"""The address of the Service `kubernetes`."""
_PORTS = itertools.count()


@dataclass
class ControlPlane:
    """A control plane whose files lie in one folder; `kubeconfig` is an administrator's."""

    folder: Path
    processes: Processes
    address: str = "127.0.0.1"
    port: int = 6443
    etcd_port: int = 2379

    @property
    def kubeconfig(self) -> Path:
        """Return the path of the administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    def start(self) -> None:
        """Start etcd and the API server, and wait until it is ready (about five seconds)."""
        pki = self.folder / "pki"
        make_pki(pki, sorted({self.address, "127.0.0.1", FIRST_SERVICE}))
        self._write_kubeconfig(pki)
        client, peer = (f"http://127.0.0.1:{port}" for port in (self.etcd_port, self.etcd_port + 1))
        etcd = ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer]
        etcd += ["--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]
        self.processes.start(
            "etcd",
            [tool("etcd"), "--data-dir", self.folder / "etcd", *etcd, "--unsafe-no-fsync", "--log-level", "warn"],
        )
        self.processes.start("kube-apiserver", [tool("kube-apiserver"), *self._api_server_flags(pki, client)])
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until the API server says it is ready."""
        self.processes.require("kube-apiserver", lambda: self.kubectl("get", "--raw", "/readyz").returncode == 0, 60)

    def start_controllers(self, flags: Sequence[str] = ()) -> None:
        """Start the controller manager, with extra flags, and the scheduler."""
        pki, common = (
            self.folder / "pki",
            [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--bind-address=127.0.0.1"],
        )
        keys = [f"--service-account-private-key-file={pki}/sa.key", f"--root-ca-file={pki}/ca.crt"]
        manager = [*common, *keys, "--use-service-account-credentials=true", "--allocate-node-cidrs=false", *flags]
        rates = [flag for flag in flags if flag.startswith("--kube-api-")]
        ports = [f"--secure-port={free_port()}" if self.address == "127.0.0.1" else "--secure-port=10257"]
        self.processes.start("kube-controller-manager", [tool("kube-controller-manager"), *manager, *ports])
        ports = [f"--secure-port={free_port()}" if self.address == "127.0.0.1" else "--secure-port=10259"]
        self.processes.start("kube-scheduler", [tool("kube-scheduler"), *common, *rates, *ports])

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl as administrator; look at `returncode`, nothing is raised."""
        command = [*self.processes.inside, str(tool("kubectl")), "--kubeconfig", str(self.kubeconfig), *arguments]
        home = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=home, timeout=120)

    def _write_kubeconfig(self, pki: Path) -> None:
        tokens = pki / "tokens.csv"
        if not tokens.exists():
            tokens.write_text(f'{secrets.token_hex(16)},admin,1,"system:masters"\n', encoding="utf-8")
        token = tokens.read_text(encoding="utf-8").split(",", 1)[0]
        server, authority = f"https://{self.address}:{self.port}", pki / "ca.crt"
        self.kubeconfig.write_text(
            f"""apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "{server}", certificate-authority: "{authority}"}}}}]
users: [{{name: admin, user: {{token: {token}}}}}]
contexts: [{{name: test, context: {{cluster: test, user: admin}}}}]
current-context: test
""",
            encoding="utf-8",
        )
        self.kubeconfig.chmod(0o600)

    def _api_server_flags(self, pki: Path, etcd: str) -> list[str]:
        return [
            f"--etcd-servers={etcd}",
            "--bind-address=0.0.0.0" if self.address != "127.0.0.1" else "--bind-address=127.0.0.1",
            f"--advertise-address={self.address}" if self.address != "127.0.0.1" else "--endpoint-reconciler-type=none",
            f"--secure-port={self.port}",
            f"--tls-cert-file={pki}/server.crt",
            f"--tls-private-key-file={pki}/server.key",
            f"--client-ca-file={pki}/ca.crt",
            f"--token-auth-file={pki}/tokens.csv",
            "--authorization-mode=Node,RBAC",
            f"--service-cluster-ip-range={SERVICE_NETWORK}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki}/sa.key",
            f"--service-account-signing-key-file={pki}/sa.key",
            "--allow-privileged=true",
            # Else `kubectl logs` looks the node's name up.
            "--kubelet-preferred-address-types=InternalIP",
            "--enable-aggregator-routing=true",
            f"--requestheader-client-ca-file={pki}/front-proxy-ca.crt",
            f"--proxy-client-cert-file={pki}/front-proxy.crt",
            f"--proxy-client-key-file={pki}/front-proxy.key",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
        ]


def on_loopback(folder: Path | None = None) -> ControlPlane:
    """Describe a control plane on free ports of the loopback interface."""
    folder = folder or Path(tempfile.mkdtemp(prefix="ifcjob-test-"))
    return ControlPlane(folder, Processes(folder), port=free_port(), etcd_port=free_port())


def free_port() -> int:
    """Find a free port whose successor is free too (etcd takes two), below the ports of outgoing connections.

    Each process looks in a block of its own, so that parallel test workers do not choose the same port.
    """
    block = 10_000 + os.getpid() % 200 * 100
    for _ in range(50):
        port = block + 2 * next(_PORTS) % 100
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {block} to {block + 99}")
