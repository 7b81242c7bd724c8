"""One real Kubernetes node on this machine, without Docker: in mount and network namespaces of its own, as root.

Everything it writes lies in one folder outside the tree, which IFCJOB_TEST_NODE may name: each has its own node.
Only a cgroup of the same name reaches beyond it, and `down` removes it.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from string import Template

from tools import images
from tools.cluster.control_plane import ControlPlane
from tools.cluster.leftovers import kill_in_pods, kill_pods, make_cgroup, remove_cgroup
from tools.cluster.processes import Processes
from tools.cluster.stores import ACCESS_KEY, SECRET_KEY, Stores, postgresql_programs
from tools.go_programs import tool

STATE = Path(os.environ.get("IFCJOB_TEST_NODE", "/var/lib/ifcjob-test-cluster"))
# Of a network for documentation (RFC 5737).
ADDRESS = "192.0.2.1"
NODE = "node1"
FILES = Path(__file__).with_name("node_files")
PACKAGES = {"containerd": "containerd", "runc": "runc", "iptables": "iptables", "conntrack": "conntrack"}
# A fault is sudden; but PostgreSQL's children outlive a killed parent for a moment, and then it cannot start again.
FAULTS = dict.fromkeys(("kubelet", "kube-apiserver", "s3"), signal.SIGKILL) | {"postgresql": signal.SIGQUIT}
SPACE = 4_000_000_000
"""Bytes that a node takes while it runs all tests: images, unpacked and packed, and volumes."""
TOOLS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "coredns")


class Node:
    """The node whose files lie in one folder; there is at most one in each."""

    s3_access_key = ACCESS_KEY
    s3_secret_key = SECRET_KEY

    def __init__(self, state: Path = STATE) -> None:
        """Describe the node whose files lie in `state`, running or not."""
        self.state = state
        self._outside = Processes(state / "outside")

    @cached_property
    def processes(self) -> Processes:
        """Return the programs inside the namespaces."""
        return Processes(self.state, ("nsenter", "-t", str(self._outside.pid("sleep")), "-m", "-n", "--"))

    @cached_property
    def plane(self) -> ControlPlane:
        """Return the control plane."""
        return ControlPlane(self.state, self.processes, address=ADDRESS)

    @cached_property
    def stores(self) -> Stores:
        """Return the S3 server and PostgreSQL."""
        return Stores(self.state, self.processes, ADDRESS)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables by which another process finds this node."""
        return {"IFCJOB_TEST_NODE": str(self.state)}

    @property
    def kubeconfig(self) -> Path:
        """Return the path of an administrator's kubeconfig."""
        return self.plane.kubeconfig

    @property
    def s3_endpoint(self) -> str:
        """Return the S3 server's URL."""
        return self.stores.s3_endpoint

    @property
    def database_url(self) -> str:
        """Return the database's URL."""
        return self.stores.database_url

    @property
    def inside(self) -> Sequence[str]:
        """Return what puts a command into the node's network, but not into its mounts."""
        return ("nsenter", "-t", str(self._outside.pid("sleep")), "-n", "--")

    @property
    def kubectl_program(self) -> str:
        """Return the path of the kubectl of the same version."""
        return str(tool("kubectl"))

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl as administrator; look at `returncode`, nothing is raised."""
        return self.plane.kubectl(*arguments, stdin=stdin)

    @property
    def is_up(self) -> bool:
        """Tell whether everything that `up` starts is running."""
        if not self._outside.is_running("sleep"):
            return False
        return all(self.processes.is_running(name) for name in (*TOOLS, "containerd", "s3", "postgresql"))

    def up(self) -> None:
        """Start the node and wait until it is ready; a half-started one is taken down first."""
        if self.is_up:
            return
        self.down()
        _require_packages()
        require_space(self.state)
        for name in (*TOOLS, "kubectl", "versitygw", "pause"):
            tool(name)
        self.state.mkdir(parents=True)
        make_cgroup(self.state.name)
        self._make_namespaces()
        self.stores.start()
        self.plane.start()
        quick = ["--node-monitor-grace-period=20s", "--horizontal-pod-autoscaler-sync-period=5s"]
        self.plane.start_controllers([*quick, "--concurrent-job-syncs=20"])
        self._start_containerd()
        self.load_image("localhost/pause:3.10", _pause_image())
        self._start_kubelet()
        self.processes.start("kube-proxy", [tool("kube-proxy"), f"--config={self._file('kube-proxy.yaml')}"])
        self.processes.start("coredns", [tool("coredns"), "-conf", self._file("Corefile")])
        self.processes.require("kubelet", self._is_ready, 60)

    def down(self) -> None:
        """Stop everything and remove every trace, however far it got."""
        if not self.state.exists():
            return
        inside = Processes(self.state)
        for component in ("kubelet", "postgresql"):
            inside.stop(component, how=FAULTS[component])
        kill_pods(self.state)
        remove_cgroup(self.state.name)
        # Nothing of it is wanted any more: no need to be gentle.
        inside.stop_all(how=signal.SIGKILL)
        self._outside.stop("sleep")
        shutil.rmtree(self.state)
        for name in ("processes", "plane", "stores"):  # they know the namespaces that are gone
            self.__dict__.pop(name, None)

    def stop(self, component: str) -> None:
        """Stop kubelet, kube-apiserver, s3 or postgresql as a fault would: at once."""
        self.processes.stop(component, how=FAULTS[component])

    def start(self, component: str) -> None:
        """Start a stopped component and wait until it answers."""
        self.processes.restart(component)
        if component in {"s3", "postgresql"}:
            self.stores.wait_ready(component)
        else:
            self.plane.wait_ready()
        if component == "kubelet":
            self.processes.require("kubelet", self._is_ready, 60)

    def lose_cluster(self) -> None:
        """Lose every Kubernetes object and every pod at once, and start an empty cluster; the stores live on."""
        self.processes.stop("kubelet", how=signal.SIGKILL)
        kill_pods(self.state)
        for name in reversed(TOOLS):
            self.processes.stop(name, how=signal.SIGKILL)
        shutil.rmtree(self.state / "etcd")
        for name in ("etcd", "kube-apiserver"):
            self.processes.restart(name)
        self.plane.wait_ready()
        for name in TOOLS:
            self.processes.restart(name)
        self.processes.require("kubelet", self._is_ready, 60)

    def kill(self, word: str) -> int:
        """Kill every process of a pod whose command line contains a word; return how many."""
        return kill_in_pods(self.state, word)

    def load_image(self, name: str, built: str) -> None:
        """Make a locally built image available to pods as `name`, unless that very image is there already."""
        loaded_file = self.state / "images.json"
        loaded = json.loads(loaded_file.read_text(encoding="utf-8")) if loaded_file.exists() else {}
        identity = images.identity(built)
        if loaded.get(name) == identity:
            return
        archive = self.state / "image.tar"
        images.save(built, name, archive)
        self._ctr("images", "import", str(archive))
        archive.unlink()
        loaded_file.write_text(json.dumps(loaded | {name: identity}), encoding="utf-8")

    def _make_namespaces(self) -> None:
        self._outside.start("sleep", ["unshare", "-m", "-n", "--propagation", "private", "sleep", "infinity"])
        self._outside.require("sleep", self._has_namespaces, 5)
        setup = [*self.processes.inside, "sh", str(FILES / "namespace.sh"), str(self.state), ADDRESS]
        subprocess.run(setup, check=True)

    def _has_namespaces(self) -> bool:
        own, its = (Path(f"/proc/{pid}/ns/net").readlink() for pid in ("self", self._outside.pid("sleep")))
        return own != its

    def _start_containerd(self) -> None:
        (self.state / "cni").mkdir()
        shutil.copy(self._file("cni.conflist"), self.state / "cni" / "10-test.conflist")
        (self.state / "containerd").mkdir()
        self.processes.start("containerd", ["containerd", "-c", self._file("containerd.toml")])
        self.processes.require("containerd", lambda: self._ctr("version", check=False).returncode == 0, 30)

    def _start_kubelet(self) -> None:
        (self.state / "resolv.conf").touch()
        self.processes.start(
            "kubelet",
            [
                tool("kubelet"),
                f"--config={self._file('kubelet.yaml')}",
                f"--kubeconfig={self.plane.kubeconfig}",
                f"--root-dir={self.state}/kubelet",
                f"--hostname-override={NODE}",
                f"--node-ip={ADDRESS}",
            ],
        )

    def _is_ready(self) -> bool:
        answer = self.plane.kubectl(
            "get", "node", NODE, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
        )
        return answer.stdout == "True"

    def _file(self, name: str) -> Path:
        """Fill in a template of node_files."""
        values = {"STATE": str(self.state), "ADDRESS": ADDRESS, "NODE": NODE, "CGROUP": self.state.name}
        target = self.state / name
        target.write_text(Template((FILES / name).read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
        return target

    def _ctr(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [*self.processes.inside, "ctr", "-a", f"{self.state}/containerd/c.sock", "-n", "k8s.io", *arguments]
        return subprocess.run(command, check=check, capture_output=True, text=True)


def _require_packages() -> None:
    if os.geteuid() != 0:
        raise SystemExit("a test node needs root; or use kind: CLUSTER=kind")
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if not Path("/usr/lib/cni/bridge").exists():
        missing.append("containernetworking-plugins")
    if missing:
        raise SystemExit(f"a test node needs Debian packages: apt-get install {' '.join(missing)}")
    postgresql_programs()


def require_space(state: Path, needed: int = SPACE) -> None:
    """End the program if the disk is too full: pods would stay Pending, or be evicted, without a word to the tests."""
    folder = next(path for path in (state, *state.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < needed:
        message = f"a test node needs {needed / 1e9:.0f} GB on the disk of {folder}, and {free / 1e9:.1f} GB are free"
        raise SystemExit(f"{message}: delete what can be made again, for example ~/.cache/ifcjob/containers")


def _pause_image() -> str:
    program = tool("pause")
    image = f"localhost/{program.parent.name}"
    return image if images.exists(image) else images.from_scratch(image, program, "/pause")
