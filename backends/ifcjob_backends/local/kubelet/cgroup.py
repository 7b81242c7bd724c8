"""Memory limits by cgroup v2, where this process may create cgroups; elsewhere each run limits itself."""

from contextlib import suppress
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")


def cgroup_parent(root: Path = _ROOT, membership: Path = Path("/proc/self/cgroup")) -> Path | None:
    """Return the nearest cgroup above this process in which memory can be limited, or None."""
    try:
        own = next(line for line in membership.read_text("ascii").splitlines() if line.startswith("0::"))
    except (OSError, StopIteration):
        return None
    folder = root / own.removeprefix("0::/")
    for candidate in (folder, *folder.parents):
        if not candidate.is_relative_to(root):
            return None
        try:
            controls_memory = "memory" in (candidate / "cgroup.subtree_control").read_text("ascii").split()
        except OSError:
            continue
        probe = candidate / "ifcjob-probe"
        with suppress(OSError):
            if controls_memory:
                probe.mkdir(exist_ok=True)
                probe.rmdir()
                return candidate
    return None


def remove_leftover(parent: Path, name: str) -> None:
    """Remove the cgroup of a run that a crash has left."""
    with suppress(OSError):
        _folder(parent, name).rmdir()


class MemoryCgroup:
    """The cgroup of one run."""

    def __init__(self, parent: Path, name: str, limit_bytes: int) -> None:
        """Create it; OSError when the system refuses."""
        self.folder = _folder(parent, name)
        self.folder.mkdir(exist_ok=True)
        (self.folder / "memory.max").write_text(str(limit_bytes), "ascii")
        for file, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            with suppress(OSError):  # without swap, and before Linux 4.19
                (self.folder / file).write_text(value, "ascii")

    def was_killed(self) -> bool:
        """Return whether the kernel has killed the run at its limit."""
        try:
            events = (self.folder / "memory.events").read_text("ascii").split()
        except OSError:
            return False
        return int(events[events.index("oom_kill") + 1]) > 0 if "oom_kill" in events else False

    def remove(self) -> None:
        """Kill every process that is left in it, and remove it."""
        with suppress(OSError):
            (self.folder / "cgroup.kill").write_text("1", "ascii")
        with suppress(OSError):
            self.folder.rmdir()


def _folder(parent: Path, name: str) -> Path:
    return parent / f"ifcjob-{name}"
