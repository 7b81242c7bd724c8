"""An image's name says which commit it was built from."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools.revision import revision_of

COMMITTED = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository of one commit."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "somebody@example.com")
        monkeypatch.setenv(f"GIT_{name}_DATE", COMMITTED.isoformat())
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    commit(tmp_path)
    return tmp_path


def git(tree: Path, *arguments: str) -> str:
    environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    command = ["git", *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def commit(tree: Path) -> None:
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "A change")


def test_a_release_is_named_by_its_version_alone(tree: Path) -> None:
    git(tree, "tag", "v1.2.3")
    revision = revision_of(tree)
    assert revision.version == "1.2.3"
    assert revision.labels == {
        "org.opencontainers.image.version": "1.2.3",
        "org.opencontainers.image.revision": git(tree, "rev-parse", "HEAD"),
        "org.opencontainers.image.created": "2026-02-03T04:05:06+00:00",
    }


def test_a_commit_after_a_release_is_named_by_its_distance_and_hash(tree: Path) -> None:
    git(tree, "tag", "v1.2.3")
    commit(tree)
    commit(tree)
    assert revision_of(tree).version == f"1.2.3-2-g{git(tree, 'rev-parse', 'HEAD')[:12]}"


def test_a_commit_before_any_release_is_named_by_its_hash(tree: Path) -> None:
    git(tree, "tag", "nightly")
    assert revision_of(tree).version == f"1.2.3-g{git(tree, 'rev-parse', 'HEAD')[:12]}"


@pytest.mark.parametrize("tagged", [False, True], ids=["commit", "release"])
def test_changes_that_are_not_committed_show(tree: Path, *, tagged: bool) -> None:
    if tagged:
        git(tree, "tag", "v1.2.3")
    clean = revision_of(tree)
    (tree / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n# changed\n')
    assert revision_of(tree).version == f"{clean.version}-dirty"


@pytest.mark.parametrize("path", ["/nowhere", None], ids=["no git", "no repository"])
def test_without_git_it_says_that_it_cannot_know(tree: Path, monkeypatch: pytest.MonkeyPatch, path: str | None) -> None:
    if path:
        monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("GIT_DIR", str(tree / "nothing"))
    revision = revision_of(tree)
    assert revision.version == "1.2.3-unversioned"
    assert list(revision.labels) == ["org.opencontainers.image.version"]
