"""Links, options, settings and make targets in the documentation exist."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ifcjob_api.settings import ApiSettings
from ifcjob_backends.settings.environment import variable
from ifcjob_cli.serve.settings import PREFIX as SERVE_PREFIX
from ifcjob_operator.planning.status_draft import ConditionReason
from ifcjob_operator.settings.fields import Settings
from tests.architecture.tracked import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
HOW_TO = [
    ROOT / "README.md",
    ROOT / "docs" / "reference" / "failure-reasons.md",
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
]
ON_KUBERNETES = {
    "api-access.md",
    "api-on-kubernetes.md",
    "autoscaling.md",
    "backup-and-restore.md",
    "debug-an-ifcjob.md",
    "install.md",
    "monitoring.md",
    "private-storage.md",
    "release.md",
    "run-on-kubernetes.md",
    "secrets.md",
    "shards.md",
    "upgrade.md",
    "wait-for-jobs.md",
    "web-login.md",
}
"""Pages that need no option of `ifcjob run`."""
NO_WAIT = {
    ConditionReason.ACCEPTED,
    ConditionReason.ADMITTED,
    ConditionReason.FINISHED,
    ConditionReason.RUNNING,
    ConditionReason.NOT_RUNNING,
    ConditionReason.SUCCEEDED,
    ConditionReason.CACHE_HIT,
    ConditionReason.CANCELLED,
    ConditionReason.SUSPENDED,
}
"""Reasons that explain themselves, or that nobody waits for."""
OTHER_VARIABLES = {"IFCJOB_CORPUS", "IFCJOB_TEST_NODE", "IFCJOB_DATABASE_URL", "IFCJOB_SERVER", "IFCJOB_TOKEN"}
"""Of the tests, of `ifcjob catalog`, and of the commands that talk to a server."""
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def name(page: object) -> str:
    return str(page).removeprefix(f"{ROOT}/")


@pytest.fixture(scope="module")
def command_help() -> str:
    return "".join(
        subprocess.run(
            [sys.executable, "-m", "ifcjob_cli", *words, "--help"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for words in (
            ["run"],
            ["inspect"],
            ["serve"],
            ["submit"],
            ["search"],
            ["jobs"],
            ["download"],
            ["catalog"],
            ["catalog", "resubmit"],
        )
    )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_point_to_existing_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_anchors_in_links_are_headings(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]*\.md)?#([^)]+)\)", page.read_text(encoding="utf-8"))
    targets = [(page.parent / file if file else page, anchor) for file, anchor in links]
    assert [(name(target), anchor) for target, anchor in targets if anchor not in headings(target)] == []


@pytest.mark.parametrize("page", HOW_TO, ids=name)
def test_options_in_the_docs_are_options_of_the_command(page: Path, command_help: str) -> None:
    known = set(re.findall(r"--[a-z][a-z0-9-]+", command_help)) | {"--version"}
    text = page.read_text(encoding="utf-8")
    # A bare option may belong to helm or kubectl.
    alone = "" if page.name in ON_KUBERNETES else "--[^`]+|"
    code = re.findall(rf"`({alone}ifcjob [^`]+)`", text) + re.findall(r"^\$ (ifcjob .*)$", text, re.MULTILINE)
    named = {option for part in code for option in re.findall(r"(?<!\S)--[a-z][a-z0-9-]+", part)}
    assert named <= known
    assert named or page.name in ON_KUBERNETES


def test_debug_page_lists_every_pending_reason() -> None:
    page = (ROOT / "docs" / "how-to" / "debug-an-ifcjob.md").read_text(encoding="utf-8")
    assert [str(reason) for reason in ConditionReason if reason not in NO_WAIT and f"`{reason}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_settings_in_the_docs_are_settings_of_the_operator_or_the_api(page: Path) -> None:
    known = {variable(kind, field) for kind in (Settings, ApiSettings) for field in kind.model_fields}
    known |= {f"{SERVE_PREFIX}{field.upper()}" for field in Settings.model_fields}
    named = set(re.findall(r"\bIFCJOB_[A-Z_0-9]+", page.read_text(encoding="utf-8")))
    assert named - known - OTHER_VARIABLES == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_make_targets_in_the_docs_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^\$ )make ([a-z0-9-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


def test_readme_and_contributing_name_make_targets() -> None:
    """The pattern above still matches."""
    assert "`make test`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "$ make demo" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", DECISIONS, ids=name)
def test_each_decision_is_short_and_has_four_parts(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 60
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequences",
        "## Alternatives",
    ]
    assert lines[0].startswith(f"# {int(page.name[:4])}: ")
    assert f"decisions/{page.name}" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
