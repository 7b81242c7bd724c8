"""Standard input as a source."""

from __future__ import annotations

import gzip
import json
import subprocess
from typing import TYPE_CHECKING

from tests.cli.command import REAL, ROOT, run_on_terminal
from tests.support import samples

if TYPE_CHECKING:
    from pathlib import Path


def pipe(content: bytes, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "TMPDIR": str(cwd / "tmp")}
    (cwd / "tmp").mkdir(exist_ok=True)
    return subprocess.run(
        [*REAL, "run", "-", *arguments], input=content, cwd=cwd, env=environment, capture_output=True, check=False
    )


def box(tmp_path: Path) -> bytes:
    return samples.write(samples.box(), tmp_path / "box.ifc").read_bytes()


def test_standard_input_is_processed_and_leaves_no_copy(tmp_path: Path) -> None:
    done = pipe(box(tmp_path), "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["source"], report["folder"]) == ("-", "ifcjob-out/stdin")
    manifest = json.loads((tmp_path / "ifcjob-out" / "stdin" / "manifest.json").read_bytes())
    assert manifest["input"]["uri"] == "-"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_gzip_is_recognized_by_its_content(tmp_path: Path) -> None:
    done = pipe(gzip.compress(box(tmp_path)), "--name", "tower.ifc", "--only", "metadata", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    metadata = json.loads((tmp_path / "ifcjob-out" / "tower" / "metadata.json").read_bytes())
    assert metadata["file"]["name"] == "tower.ifc"


def test_too_long_input_is_refused_while_it_is_read(tmp_path: Path) -> None:
    done = pipe(box(tmp_path), "--max-bytes", "100", cwd=tmp_path)
    assert b"InputTooLarge" in done.stderr
    assert b"more than 100 bytes" in done.stderr
    assert done.returncode != 0
    assert not (tmp_path / "ifcjob-out").exists()


def test_standard_input_can_be_named_once_only(tmp_path: Path) -> None:
    done = pipe(b"", "-", cwd=tmp_path)
    assert done.returncode == 64
    assert b"can be read only once" in done.stderr


def test_a_terminal_is_refused_as_input(tmp_path: Path) -> None:
    screen = run_on_terminal("run", "-", cwd=tmp_path, program=REAL)
    assert screen.code == 64
    assert "cat house.ifc | ifcjob run -" in screen.text
