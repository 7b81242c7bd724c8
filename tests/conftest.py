"""The servers that all tests share, and the order in which files are spread over the workers of `pytest -n`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.kubernetes import api_server
from tests.support.postgres import postgres
from tests.support.tls_postgres import tls_postgres

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

__all__ = ["api_server", "postgres", "tls_postgres"]

# A long file that starts late is what the other workers wait for at the end.
LONGEST = (
    "image/test_same_layers.py",
    "runner/test_regression_files.py",
    "runner/geometry/test_corpus_geometry.py",
    "operator/test_app.py",
    "operator/test_convergence.py",
    "cli/serve/test_kills.py",
    "cli/serve/test_command.py",
    "runner/data/test_corpus_data.py",
    "chart/test_manifests.py",
    "chart/test_values.py",
    "operator/cluster/test_leader_election.py",
    "cli/test_end_to_end.py",
    "catalog/test_record.py",
)
_ORDER = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Hand out files in the order of the collection, not by their number of tests."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first if several workers share the tests."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _ORDER.get(item.path, len(_ORDER)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print why a test failed that ran once more: its second failure may be another one, and a pass tells nothing."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.write_sep("_", f"first run of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)
