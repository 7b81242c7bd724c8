"""Packages that the engine process and its children leave out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifcjob_runner.processes import engine_process
from tests.support.runs import run_file


@pytest.fixture
def marked(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a file that exists once the engine process, or a child of it, has imported the package."""
    mark, package = tmp_path / "mark", tmp_path / "packages" / str(request.param)
    package.mkdir(parents=True)
    code = f"open({str(mark)!r}, 'w').close()\nraise ImportError('a broken package')\n"
    (package / "__init__.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    engine_process.stop()
    yield mark
    engine_process.stop()


@pytest.mark.parametrize("marked", ["pandas"], indirect=True)
def test_a_run_does_not_import_pandas_where_it_is_installed(walls: Path, tmp_path: Path, marked: Path) -> None:
    assert run_file(walls, tmp_path / "out").report.outcome == "Succeeded"
    assert not marked.exists()


@pytest.mark.parametrize("marked", ["numpy", "ifclite_geom"], indirect=True)
def test_a_run_without_geometry_imports_nothing_for_it(walls: Path, tmp_path: Path, marked: Path) -> None:
    engine_process.start().prepare(engine_process.DATA_ONLY)
    operations: dict[str, Any] = {"metadata": {}, "spatialTree": {}, "properties": {}}
    assert run_file(walls, tmp_path / "out", operations=operations).report.outcome == "Succeeded"
    assert not marked.exists()
