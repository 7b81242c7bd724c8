"""State of a node outside its folder and namespaces: a cgroup, and the processes of its pods."""

from contextlib import suppress
from pathlib import Path

import psutil

from tools.cluster.processes import eventually

CGROUPS = Path("/sys/fs/cgroup")


def make_cgroup(name: str) -> None:
    """Make the cgroup below which a node's pods live, in every hierarchy that limits something."""
    for hierarchy in _hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)


def remove_cgroup(name: str) -> None:
    """Remove a cgroup and all below it; whatever still runs there is killed."""
    roots = [hierarchy / name for hierarchy in _hierarchies() if (hierarchy / name).exists()]
    if not eventually(lambda: not any(_occupants(root) for root in roots), 20, every=0.2):
        raise TimeoutError(f"processes of the test node do not die: {[_occupants(root) for root in roots]}")
    for root in roots:
        for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
            folder.rmdir()
        root.rmdir()


def kill_pods(state: Path) -> None:
    """Kill the containers of the node in `state`, and their parents, which outlive containerd."""
    shims = _shims(state)
    _kill([child for shim in shims for child in _below(shim)] + shims)


def kill_in_pods(state: Path, word: str) -> int:
    """Kill the processes in containers whose command line contains a word, and count them."""
    doomed = []
    for shim in _shims(state):
        for process in _below(shim):
            with suppress(psutil.NoSuchProcess):
                doomed += [process] if word in " ".join(process.cmdline()) else []
    _kill(doomed)
    return len(doomed)


def _below(process: psutil.Process) -> list[psutil.Process]:
    """Return the processes below one; none when it has ended meanwhile, as a shim does with its pod."""
    with suppress(psutil.NoSuchProcess):
        return list(process.children(recursive=True))
    return []


def _kill(doomed: list[psutil.Process]) -> None:
    for process in doomed:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(doomed, timeout=10)


def _shims(state: Path) -> list[psutil.Process]:
    """Find the parents of the containers of the node whose files lie in `state`."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (words := process.info["cmdline"]) and "shim" in words[0] and any(f"{state}/" in word for word in words)
    ]


def _hierarchies() -> list[Path]:
    """List the roots: one with cgroup v2, several with v1 or a mixture."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in CGROUPS.iterdir() if path.is_dir() and not path.is_symlink()]


def _occupants(root: Path) -> list[int]:
    """Kill what runs below a cgroup and name it."""
    pids = [int(pid) for path in root.rglob("cgroup.procs") for pid in path.read_text(encoding="utf-8").split()]
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
    return pids
