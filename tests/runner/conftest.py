"""Fixtures for several tests of the runner."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifcjob_runner.processes import engine_process
from tests.support import samples
from tests.support.entry_point import EntryPoint
from tests.support.runs import CorpusRuns, SetFaults
from tests.support.web import Site, serve

FAULTY_ENGINE = Path(__file__).parents[1] / "support" / "faulty_engine"


@pytest.fixture(scope="session")
def corpus_runs(tmp_path_factory: pytest.TempPathFactory) -> CorpusRuns:
    """Share runs of real models among all tests."""
    folder = tmp_path_factory.getbasetemp()
    return CorpusRuns((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "corpus-runs")


@pytest.fixture
def entry(tmp_path: Path) -> Iterator[EntryPoint]:
    """Give the entry point a folder, and stop the processes that a failed test leaves running."""
    folder = tmp_path / "pod"
    folder.mkdir()
    point = EntryPoint(folder)
    yield point
    for process in point.started:
        process.terminate()
        process.wait(10)


@pytest.fixture
def set_faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetFaults]:
    """Restart the engine process with faults, and without them afterwards."""

    def restart(**faults: Any) -> None:
        monkeypatch.setenv("PYTHONPATH", str(FAULTY_ENGINE))
        monkeypatch.setenv("IFCJOB_TEST_FAULTS", json.dumps(faults))
        engine_process.stop()

    yield restart
    engine_process.stop()


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    """Two walls with an opening."""
    return samples.write(samples.two_walls_with_opening(), tmp_path / "walls.ifc")


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback with scripted answers."""
    with serve() as running:
        yield running
