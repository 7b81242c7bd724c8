"""The release workflow pins its actions, has minimal permissions, and never overwrites a release."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.tracked import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
REFUSE = ROOT / ".github" / "refuse-existing.sh"
PINNED = re.compile(r"(?P<action>[\w.-]+/[\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.fixture
def release() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return loaded


def test_every_action_is_pinned_to_a_commit() -> None:
    used = re.findall(r"uses: (.+)", WORKFLOW.read_text(encoding="utf-8"))
    others = [action for action in used if not action.startswith("./")]
    assert others
    assert [action for action in others if not PINNED.fullmatch(action)] == []


def test_each_job_has_minimal_permissions(release: dict[str, Any]) -> None:
    assert release["permissions"] == {}
    writes = {
        name: {scope for scope, access in job["permissions"].items() if access == "write"}
        for name, job in release["jobs"].items()
    }
    assert writes == {
        "new": set(),
        "ci": set(),
        "images": {"packages", "id-token"},
        "publish": {"packages", "id-token"},
        "announce": {"contents"},
    }


def test_images_are_tagged_only_after_test_scan_and_signature(release: dict[str, Any]) -> None:
    jobs = release["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "new": None,
        "ci": "new",
        "images": ["new", "ci"],
        "publish": ["new", "images"],
        "announce": ["new", "publish"],
    }
    steps = [step.get("run", "") for step in jobs["images"]["steps"]]
    scanned, signed = (
        next(at for at, step in enumerate(steps) if word in step) for word in ("--fail-on high", "cosign sign")
    )
    assert scanned < signed
    assert not any("imagetools create" in step for step in steps)


@pytest.mark.parametrize(
    ("answer", "exists", "refused"),
    [
        ("{}", True, "exists; choose another version"),
        ("ERROR: ghcr.io/a/b:1.2.3: not found", False, None),
        ("error: denied: requested access to the resource is denied", False, None),
        ("dial tcp: i/o timeout", False, "cannot tell whether a/b:1.2.3 exists: dial tcp"),
    ],
    ids=["there already", "new", "new repository", "no answer"],
)
def test_release_tag_is_never_overwritten(tmp_path: Path, answer: str, *, exists: bool, refused: str | None) -> None:
    docker = tmp_path / "docker"
    expected = "buildx imagetools inspect --raw a/b:1.2.3"
    code = 0 if exists else 1
    docker.write_text(f'#!/bin/sh\n[ "$*" = "{expected}" ] || exit 3\necho "{answer}"\nexit {code}\n')
    docker.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "VERSION": "1.2.3"}
    done = subprocess.run([REFUSE, "a/b"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (refused is None)
    assert (refused or "") in done.stderr
