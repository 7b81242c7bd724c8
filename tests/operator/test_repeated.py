"""Warnings that repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from ifcjob_operator import repeated
from ifcjob_operator.repeated import REPEAT_SECONDS, RepeatedWarnings

if TYPE_CHECKING:
    import pytest


def test_a_warning_is_logged_again_when_it_changes_or_after_some_minutes() -> None:
    now = 0.0
    warnings = RepeatedWarnings(lambda: now)
    with capture_logs() as log:
        for error in ("down", "down", "refused", "down"):
            warnings.warn("u1", "not written", error, queue="bim/default")
        warnings.warn("u2", "not written", "down")
        warnings.warn("u1", "not read", "down")
        now = REPEAT_SECONDS - 1
        warnings.warn("u1", "not written", "down")
        now = REPEAT_SECONDS
        warnings.warn("u1", "not written", "down")
    assert [(line["event"], line["error"]) for line in log] == [
        ("not written", "down"),
        ("not written", "refused"),
        ("not written", "down"),
        ("not written", "down"),
        ("not read", "down"),
        ("not written", "down"),
    ]
    assert log[0] == {"event": "not written", "error": "down", "queue": "bim/default", "log_level": "warning"}


def test_warnings_of_many_subjects_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings = RepeatedWarnings()
    for number in range(3):
        warnings._logged[f"u{number}", "not written"] = ("down", 0.0)
    monkeypatch.setattr(repeated, "MAX_REMEMBERED", 3)
    warnings.warn("u9", "not written", "down")
    assert len(warnings._logged) == 1
