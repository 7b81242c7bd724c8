"""Parts of the process that need no cluster: who it says it is, and how it ends."""

from __future__ import annotations

import pytest

from ifcjob_operator.app import _identity
from ifcjob_operator.settings.fields import Settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("IFCJOB_RUNNER_IMAGE", "registry.example.com/ifcjob/runner:0.2.0")
    monkeypatch.delenv("IFCJOB_POD_NAME", raising=False)
    return Settings()


def test_two_processes_on_one_host_do_not_hold_the_same_lease(settings: Settings) -> None:
    assert _identity(settings) != _identity(settings)
    named = settings.model_copy(update={"pod_name": "operator-0"})
    assert _identity(named) == "operator-0", "known again when its container starts again"
