"""One `ifcjob serve` for the tests of the commands that talk to it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import REAL, run
from tests.support.served import Served

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of the server."""
    served = Served(tmp_path_factory.mktemp("served"))
    url = served.start()
    yield url
    if served.is_running:
        served.stop(signal.SIGTERM)


@pytest.fixture
def ifcjob(server: str, tmp_path: Path) -> Command:
    """Run `ifcjob` against the server, with a configuration folder of its own."""

    def command(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {"IFCJOB_SERVER": server, "XDG_CONFIG_HOME": str(tmp_path / "config")} | environment
        return run(*arguments, cwd=tmp_path, program=REAL, **variables)

    return command
