"""Parts of the process that need no cluster: who it says it is, and how it ends."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from ifcjob_operator.app import _identity
from ifcjob_operator.settings.fields import Settings


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("IFCJOB_RUNNER_IMAGE", "registry.example.com/ifcjob/runner:0.2.0")
    monkeypatch.delenv("IFCJOB_POD_NAME", raising=False)
    return Settings()


ENDLESS = """
import asyncio, time
from ifcjob_operator import app

async def run():
    app.end_within(1)
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)

asyncio.run(run())
"""


def test_a_process_that_does_not_end_by_itself_is_ended_with_its_stacks() -> None:
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", ENDLESS], capture_output=True, text=True, timeout=60, check=False)
    assert time.monotonic() - began < 50
    assert ended.returncode == 1
    assert "Timeout (0:00:01)!" in ended.stderr
    assert "thread.py" in ended.stderr, "the thread that keeps it"


def test_two_processes_on_one_host_do_not_hold_the_same_lease(settings: Settings) -> None:
    assert _identity(settings) != _identity(settings)
    named = settings.model_copy(update={"pod_name": "operator-0"})
    assert _identity(named) == "operator-0", "known again when its container starts again"
