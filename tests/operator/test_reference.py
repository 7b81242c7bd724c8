"""The operator's reference pages are current, and say what the process serves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from ifcjob.failures import FailureReason
from ifcjob_operator import metrics
from ifcjob_operator.reference import PAGES, SECTIONS, main, metrics_page, operator_settings_page
from ifcjob_operator.settings.fields import Settings

if TYPE_CHECKING:
    import pytest

PROJECT = Path(__file__).resolve().parents[2]


def test_generated_pages_match_the_code() -> None:
    assert main(["--check", "--project", str(PROJECT)]) == 0, "run `make generate`"


def test_check_names_a_stale_page_and_writing_fixes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--project", str(tmp_path)]) == 0
    assert main(["--check", "--project", str(tmp_path)]) == 0
    (tmp_path / "docs/reference/metrics.md").write_text("by hand", encoding="utf-8")
    (tmp_path / "docs/reference/operator-settings.md").unlink()
    assert main(["--check", "--project", str(tmp_path)]) == 1
    assert [Path(line.split(" is stale")[0]).name for line in capsys.readouterr().err.splitlines()] == [
        Path(name).name for name in PAGES
    ]


def test_every_setting_has_its_row_and_a_sentence() -> None:
    page = operator_settings_page()
    for name in Settings.model_fields:
        row = next(line for line in page.splitlines() if line.startswith(f"| `IFCJOB_{name.upper()}` |"))
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 4
        assert cells[3].endswith(".")
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == [
        *dict.fromkeys(SECTIONS.values())
    ]


def test_metrics_page_and_the_endpoint_agree() -> None:
    """Every metric that is served has a row, and no row is of one that is not."""
    from prometheus_client import generate_latest

    listed = {}
    for line in metrics_page().splitlines():
        if line.startswith("| `"):
            name, kind, labels, about = line.removeprefix("| ").removesuffix(" |").split(" | ")
            assert about
            listed[name.strip("`")] = (kind, labels)
    served = {}
    for family in text_string_to_metric_families(generate_latest(metrics.REGISTRY).decode()):
        if not family.name.startswith("process_"):
            served[f"{family.name}_total" if family.type == "counter" else family.name] = family.type
    assert {name: kind for name, (kind, _) in listed.items()} == served
    assert listed["ifcjob_queue_pending"][1] == "`namespace`, `queue`"


def test_failures_are_counted_from_zero() -> None:
    """A series that began with its first failure would hide that failure from every rate."""
    from prometheus_client import generate_latest

    served = generate_latest(metrics.REGISTRY).decode()
    for reason in FailureReason:
        assert f'ifcjob_finished_total{{outcome="Failed",reason="{reason}"}}' in served
        assert f'ifcjob_attempts_total{{reason="{reason}"}}' in served


def test_no_label_names_a_single_object() -> None:
    allowed = {"outcome", "reason", "stage", "namespace", "queue", "result", "verb", "resource", "code"}
    allowed |= {"route", "method", "status"}
    for collector in vars(metrics).values():
        if isinstance(collector, metrics.KINDS):
            assert set(collector._labelnames) <= allowed
