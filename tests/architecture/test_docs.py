"""Links, options, settings and make targets in the documentation exist."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from functools import cache
from typing import TYPE_CHECKING

import pytest

from ifcjob_api.settings import ApiSettings
from ifcjob_backends.settings.environment import variable
from ifcjob_catalog.command import main as catalog
from ifcjob_cli.arguments import parse
from ifcjob_cli.serve.settings import PREFIX as SERVE_PREFIX
from ifcjob_operator.planning.status_draft import ConditionReason
from ifcjob_operator.settings.fields import Settings
from tests.architecture.documents import name
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
    "gitops.md",
    "install.md",
    "monitoring.md",
    "openshift.md",
    "private-storage.md",
    "proxy.md",
    "release.md",
    "run-on-kubernetes.md",
    "runner-defaults.md",
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
EVENTS = {"ifcjob expired"}
"""Lines of the log that look like commands."""
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@cache
def options(program: str, command: str = "") -> set[str]:
    """Return the options of a command of `ifcjob` or of `ifcjob catalog`; of all commands if none is named."""
    words = [command] if command else []
    text = io.StringIO()
    with redirect_stdout(text), pytest.raises(SystemExit) as ended:
        (catalog if program == "catalog" else parse)([*words, "--help"])
    assert ended.value.code == 0, f"{program} {command} is not a command"
    own = set(re.findall(r"--[a-z][a-z0-9-]+", text.getvalue()))
    listed = (
        re.findall(r"^    ([a-z]+)(?: |$)", text.getvalue().partition("COMMAND\n")[2], re.MULTILINE)
        if not command
        else []
    )
    return own.union(*(options("catalog") if name == "catalog" else options(program, name) for name in listed))


def options_of(line: str) -> set[str]:
    """Return the options that a command line may have, by its first words."""
    words = [word for word in line.split()[1:3] if re.fullmatch("[a-z]+", word)]
    if words[:1] == ["catalog"]:
        return options("catalog", *words[1:])
    return options("ifcjob", *words[:1])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_point_to_existing_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_words_of_a_link_are_words_of_its_page(page: Path) -> None:
    """A link to the wrong page has a text that the page does not mention."""
    links = re.findall(r"\[([^\]`]+)\]\((?!https?://)([^)#]+\.md)[^)]*\)", page.read_text(encoding="utf-8"))
    wrong = []
    for text, target in links:
        place = page.parent / target
        content = f"{name(place.resolve())} {place.read_text(encoding='utf-8')}".lower()
        # The first letters: `installing` leads to `install`.
        stems = {word[:6] for word in re.findall(r"[a-z]{5,}", text.lower())} - {"after"}
        wrong += [(text, target) for stem in stems if stem not in content]
    assert wrong == []


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
def test_options_in_the_docs_are_options_of_their_command(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # A bare option may belong to helm or kubectl.
    alone = [] if page.name in ON_KUBERNETES else re.findall(r"`(--[^`]+)`", text)
    lines = re.findall(r"`(ifcjob [^`]+)`", text) + re.findall(r"^\s*\$ (ifcjob .*)$", text, re.MULTILINE)
    lines += [f"ifcjob catalog {rest}" for rest in re.findall(r"-m ifcjob_catalog ([^`|\n]+)", text)]
    lines = [line for line in lines if line not in EVENTS]
    known = {line: options_of(line) for line in lines} | {line: options("ifcjob") for line in alone}
    named = {line: set(re.findall(r"(?<!\S)--[a-z][a-z0-9-]+", line.partition(" | ")[0])) for line in known}
    assert {line: extra for line in known if (extra := named[line] - known[line])} == {}
    assert any(named.values()) or page.name in ON_KUBERNETES


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
