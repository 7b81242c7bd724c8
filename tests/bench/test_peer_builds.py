"""A peer that cannot be built is reported with the missing program, or with the error of its package manager."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import peer_builds
from bench.bars import WEB_IFC, Bar, Basis, Limit, Metric
from bench.engines import Program, Setup, Work
from bench.judge import Bench
from bench.peer_builds import PeerMissingError, ifc_lite, web_ifc
from bench.report import page

PYTHON = Work(Program.PYTHON, ("-c", ""))


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the only folder of PATH, which is empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(peer_builds, "CACHE", tmp_path / "cache")
    peer_builds._build_once.cache_clear()
    yield folder
    peer_builds._build_once.cache_clear()


def install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(("build", "program"), [(web_ifc, "node"), (ifc_lite, "cargo")], ids=["web-ifc", "ifc-lite"])
def test_a_missing_program_is_named(build: Callable[[], Path], program: str) -> None:
    with pytest.raises(PeerMissingError, match=rf"^{program} is not installed: install "):
        build()


def test_a_failing_package_manager_is_tried_twice_and_its_error_is_kept(programs: Path, tmp_path: Path) -> None:
    install(programs, "node", "exit 0")
    install(programs, "npm", f"echo try >>{tmp_path}/tries; echo 'registry is down' >&2; exit 1")
    for _ in range(2):
        with pytest.raises(PeerMissingError, match=r"^npm ci .* failed: registry is down$"):
            web_ifc()
    assert (tmp_path / "tries").read_text() == "try\n" * 2


def test_a_second_try_may_succeed(programs: Path, tmp_path: Path) -> None:
    install(programs, "node", "exit 0")
    install(programs, "npm", f"[ -e {tmp_path}/tried ] || {{ : >{tmp_path}/tried; exit 1; }}")
    assert (web_ifc() / "glb.js").exists()


def test_the_row_of_a_missing_peer_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "any.ifc").touch()
    monkeypatch.setenv("IFCJOB_CORPUS", str(tmp_path))
    bench = Bench(Setup.of("ifcjob"), pairs=1)
    bench.measure(Bar("peer", "any", PYTHON, WEB_IFC, (Limit(Metric.WALL, Basis.RATIO, 1.0),)))
    text = page(bench)
    assert "**not measured**" in text
    assert "node is not installed: install Node.js" in text
