"""Runs the image as a strict cluster does: read-only root, non-root, no capabilities, no network, CPU and memory caps.

With Docker, these are options; without it, runc runs a bundle with the image that buildah mounts.
"""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tools import images

MIB = 1024**2


@dataclass(frozen=True)
class Sandbox:
    """Limits and mounts of one container."""

    mounts: Mapping[Path, str]
    """Host path → `/path` in the container, or `/path:ro`."""
    memory: int = 512 * MIB
    cpus: float = 1.0
    user: tuple[int, int] | None = None
    """Ids of user and group; None: the image's."""
    network: str | None = None
    """Another container, to share its loopback; None: a loopback of its own. There is never anything else."""


class Engine(Protocol):
    """Runs commands in the image."""

    def run(self, sandbox: Sandbox, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; a command that starts with `-` is passed to the image's entry point."""

    def serve(self, sandbox: Sandbox, command: Sequence[str]) -> Any:
        """Keep a container running in a `with` block and return its name."""


class Docker:
    """Docker, as on a developer's machine and in CI."""

    def __init__(self, image: str) -> None:
        self._image = image

    def run(self, sandbox: Sandbox, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        arguments = ["docker", "run", "--rm", *self._options(sandbox, command)]
        return subprocess.run(arguments, capture_output=True, text=True, check=False)

    @contextmanager
    def serve(self, sandbox: Sandbox, command: Sequence[str]) -> Iterator[str]:
        name = f"ifcjob-test-{uuid.uuid4().hex[:8]}"
        start = ["docker", "run", "--rm", "--detach", "--name", name, *self._options(sandbox, command)]
        subprocess.run(start, capture_output=True, check=True)
        try:
            yield f"container:{name}"
        finally:
            subprocess.run(["docker", "kill", name], capture_output=True, check=False)

    def _options(self, sandbox: Sandbox, command: Sequence[str]) -> list[str]:
        memory = str(sandbox.memory)
        options = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        options += ["--cpus", str(sandbox.cpus), "--memory", memory, "--memory-swap", memory]
        options += ["--network", sandbox.network or "none"]
        if sandbox.user:
            options += ["--user", "{}:{}".format(*sandbox.user)]
        for host, inside in sandbox.mounts.items():
            options += ["--volume", f"{host}:{inside}"]
        if command and not command[0].startswith(("-", "/")):
            return [*options, "--entrypoint", command[0], self._image, *command[1:]]
        return [*options, self._image, *command]


class Runc:
    """runc on the root that buildah mounts: no daemon, but root."""

    def __init__(self, root: Path, config: Mapping[str, Any], folder: Path) -> None:
        self._root = root
        self._config = config
        self._folder = folder

    def run(self, sandbox: Sandbox, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        name, bundle = self._bundle(sandbox, command)
        arguments = ["runc", "run", "--bundle", str(bundle), name]
        return subprocess.run(arguments, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    @contextmanager
    def serve(self, sandbox: Sandbox, command: Sequence[str]) -> Iterator[str]:
        name, bundle = self._bundle(sandbox, command)
        with (bundle / "log").open("wb") as log:
            start = ["runc", "run", "--detach", "--bundle", str(bundle), name]
            subprocess.run(start, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        try:
            state = json.loads(subprocess.run(["runc", "state", name], capture_output=True, check=True).stdout)
            yield f"/proc/{state['pid']}/ns/net"
        finally:
            subprocess.run(["runc", "delete", "--force", name], capture_output=True, check=False)

    def _bundle(self, sandbox: Sandbox, command: Sequence[str]) -> tuple[str, Path]:
        name = f"ifcjob-test-{uuid.uuid4().hex[:8]}"
        bundle = self._folder / name
        bundle.mkdir()
        subprocess.run(["runc", "spec", "--bundle", str(bundle)], check=True)
        spec = json.loads((bundle / "config.json").read_text())
        entry = [] if command and not command[0].startswith(("-", "/")) else self._config["Entrypoint"]
        uid, gid = sandbox.user or map(int, self._config["User"].split(":"))
        spec["process"].update(
            terminal=False,
            user={"uid": uid, "gid": gid},
            args=[*entry, *command],
            env=self._config["Env"],
            cwd=self._config.get("WorkingDir", "/"),
            capabilities={},
        )
        spec["root"] = {"path": str(self._root), "readonly": True}
        for host, inside in sandbox.mounts.items():
            target, _, mode = inside.partition(":")
            options = ["bind", mode or "rw"]
            spec["mounts"].append({"destination": target, "type": "bind", "source": str(host), "options": options})
        spec["linux"]["cgroupsPath"] = f"/{name}"
        spec["linux"]["resources"] |= {
            "memory": {"limit": sandbox.memory},
            "cpu": {"period": 100_000, "quota": int(sandbox.cpus * 100_000)},
        }
        if sandbox.network:
            network = next(space for space in spec["linux"]["namespaces"] if space["type"] == "network")
            network["path"] = sandbox.network
        (bundle / "config.json").write_text(json.dumps(spec))
        return name, bundle


@contextmanager
def engine(image: str, folder: Path) -> Iterator[Engine]:
    """Return the engine that `make images` used, with the image ready to run."""
    images.prepare()
    if images.engine() == "docker":
        yield Docker(image)
        return
    about = json.loads(_read(*images.BUILDAH, "inspect", "--type", "image", image))
    container = _read(*images.BUILDAH, "from", image).strip()
    try:
        root = _read(*images.BUILDAH, "mount", container).strip()
        yield Runc(Path(root), about["OCIv1"]["config"], folder)
    finally:
        subprocess.run([*images.BUILDAH, "rm", container], capture_output=True, check=False)


def owned(folder: Path) -> Path:
    """Create a folder that the container's user can write to, like an emptyDir."""
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    return folder


def _read(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout
