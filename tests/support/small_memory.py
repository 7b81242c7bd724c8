"""A program in a cgroup with little memory, which it sees as a container sees its own."""

import os
import subprocess

import pytest

from tools.cluster.leftovers import CGROUPS, make_cgroup, remove_cgroup


def run_with_memory(arguments: list[str], limit_bytes: int, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a program with a memory limit; needs root, and cgroups of which this machine lets us make one."""
    v1 = (CGROUPS / "memory").is_dir()
    root, setting = (CGROUPS / "memory", "memory.limit_in_bytes") if v1 else (CGROUPS, "memory.max")
    name = f"ifcjob-test-{os.getpid()}"
    script = f'echo $$ > {root / name}/cgroup.procs && mount --bind {root / name} {root} && exec "$@"'
    inside = ["unshare", "--mount", "sh", "-c", script, "sh", *arguments]
    try:
        try:
            make_cgroup(name)
            (root / name / setting).write_text(str(limit_bytes), encoding="ascii")
        except OSError as error:
            pytest.skip(f"cannot limit the memory of a cgroup here: {error}")
        return subprocess.run(inside, capture_output=True, text=True, check=False, timeout=seconds)
    finally:
        remove_cgroup(name)
