"""What several tests of the runner start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ifcjob_runner.transfer import http_pool
from tests.support import samples
from tests.support.entry_point import EntryPoint
from tests.support.web import Site, serve


@pytest.fixture
def entry(tmp_path: Path) -> Iterator[EntryPoint]:
    """Give the entry point a folder, and stop what a failed test leaves running."""
    folder = tmp_path / "pod"
    folder.mkdir()
    point = EntryPoint(folder)
    yield point
    for process in point.started:
        process.terminate()
        process.wait(10)


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    """Two walls with an opening."""
    return samples.write(samples.two_walls_with_opening(), tmp_path / "walls.ifc")


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback that answers as it is told."""
    with serve() as running:
        yield running


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once: what is tested is that it happens, not the wait."""
    monkeypatch.setattr(http_pool, "BACKOFF_SECONDS", 0.001)
