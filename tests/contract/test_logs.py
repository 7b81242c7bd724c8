"""Logs are one JSON object a line on stderr, with the fields that join them across programs."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import structlog
from ifcjob.logs import configure_logs

configure_logs({arguments})
structlog.contextvars.bind_contextvars(ifcjob="bim/house", uid="1-2", attempt=2)
log = structlog.get_logger()
log.debug("too much")
log.info("stage finished", stage="geometry", duration_seconds=1.5)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("run failed", reason="InternalError")
"""


LIBRARIES = """
import logging, warnings
from ifcjob.logs import configure_logs

configure_logs({arguments})
log = logging.getLogger("some.library")
log.info("too much")
log.warning('a "quoted" %s\\n', "line")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
warnings.warn("old")
"""


def logged(arguments: str = "", program: str = PROGRAM) -> list[str]:
    command = [sys.executable, "-c", program.format(arguments=arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "", "stdout belongs to the report"
    return done.stderr.splitlines()


def test_events_are_json_lines_with_level_time_and_bound_fields() -> None:
    finished, failed = (json.loads(line) for line in logged())
    assert finished.pop("timestamp").endswith("Z")
    assert finished == {
        "event": "stage finished",
        "level": "info",
        "ifcjob": "bim/house",
        "uid": "1-2",
        "attempt": 2,
        "stage": "geometry",
        "duration_seconds": 1.5,
    }
    assert failed["level"] == "error"
    assert "ZeroDivisionError" in failed["exception"]


def test_the_log_level_can_be_lowered() -> None:
    assert json.loads(logged("level=10")[0])["event"] == "too much"


def test_pretty_logs_are_text() -> None:
    assert not logged("pretty=True")[0].startswith("{")


def test_log_records_of_libraries_are_json_too() -> None:
    quoted, failed, warned = (json.loads(line) for line in logged("libraries=30", LIBRARIES))
    assert quoted.pop("timestamp").endswith("Z")
    assert quoted == {"event": 'a "quoted" line\n', "level": "warning", "logger": "some.library"}
    assert failed["level"] == "error"
    assert "ZeroDivisionError" in failed["exception"]
    assert (warned["logger"], warned["level"]) == ("py.warnings", "warning")
    assert "UserWarning: old" in warned["event"]
