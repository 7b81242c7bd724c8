"""Memory limits by cgroup v2, on folders that look like a cgroup file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ifcjob_backends.local.kubelet.cgroup import MemoryCgroup, cgroup_parent, remove_leftover

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make the cgroups of a service with delegation; its processes are in `main`."""
    root = tmp_path / "cgroup"
    for folder, controllers in (("", "cpu memory"), ("serve", "memory pids"), ("serve/main", "")):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "cgroup.subtree_control").write_text(controllers, "ascii")
    return root


def membership(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "membership"
    path.write_text(text, "ascii")
    return path


def test_runs_get_cgroups_beside_that_of_the_process(tree: Path, tmp_path: Path) -> None:
    assert cgroup_parent(tree, membership(tmp_path, "0::/serve/main\n")) == tree / "serve"


@pytest.mark.parametrize("text", ["4:memory:/a\n", ""], ids=["version 1", "no cgroups"])
def test_without_version_2_there_is_no_cgroup(tree: Path, tmp_path: Path, text: str) -> None:
    assert cgroup_parent(tree, membership(tmp_path, text)) is None


def test_a_cgroup_without_the_memory_controller_is_not_used(tree: Path, tmp_path: Path) -> None:
    for file in tree.rglob("cgroup.subtree_control"):
        file.write_text("cpu", "ascii")
    assert cgroup_parent(tree, membership(tmp_path, "0::/serve/main\n")) is None


def test_a_run_has_its_limit_and_no_swap(tree: Path) -> None:
    cgroup = MemoryCgroup(tree / "serve", "u1", 2**28)
    assert (cgroup.folder / "memory.max").read_text("ascii") == str(2**28)
    assert (cgroup.folder / "memory.swap.max").read_text("ascii") == "0"
    assert not cgroup.was_killed()
    (cgroup.folder / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n", "ascii")
    assert cgroup.was_killed()


def test_a_leftover_is_removed_and_a_missing_one_is_ignored(tree: Path) -> None:
    (tree / "serve" / "ifcjob-u1").mkdir()
    for _ in range(2):
        remove_leftover(tree / "serve", "u1")
    assert not (tree / "serve" / "ifcjob-u1").exists()
