"""`--dry-run` shows what would run, and writes nothing."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

from ifcjob.memory import FLOOR_BYTES, memory_for_file
from tests.cli.command import REAL, lines, run
from tests.support import samples
from tests.support.web import Answer, serve

if TYPE_CHECKING:
    from pathlib import Path


def plans(*arguments: str, cwd: Path, code: int = 0) -> list[dict[str, Any]]:
    done = run("run", *arguments, "--dry-run", "--json", cwd=cwd, program=REAL)
    assert done.returncode == code, done.stderr
    return lines(done.stdout)


def test_each_file_has_size_schema_operations_folder_and_memory(tmp_path: Path) -> None:
    samples.write(samples.box("IFC2X3"), tmp_path / "m" / "house.ifc")
    samples.write(samples.box("IFC4X3"), tmp_path / "m" / "tower.ifczip")
    house, tower = plans("m", "-o", "out", "--only", "metadata,gltf", cwd=tmp_path)
    assert house == {
        "source": "m/house.ifc",
        "name": "house.ifc",
        "action": "run",
        "folder": "out/house",
        "bytes": (tmp_path / "m" / "house.ifc").stat().st_size,
        "schema": "IFC2X3",
        "memoryBytes": FLOOR_BYTES,
        "operations": ["metadata", "gltf"],
    }
    assert tower["schema"] == "IFC4X3_ADD2"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_memory_follows_the_uncompressed_size(tmp_path: Path) -> None:
    large = samples.write(samples.box(), tmp_path / "box.ifc").read_bytes() + b" " * 80_000_000
    (tmp_path / "large.ifc").write_bytes(large)
    (tmp_path / "large.ifc.gz").write_bytes(gzip.compress(large, 1))
    plain, _ = plans("large.ifc", "large.ifc.gz", "--workers", "1", cwd=tmp_path)
    assert plain["memoryBytes"] == memory_for_file(len(large)) > FLOOR_BYTES
    (more,) = plans("large.ifc", "--workers", "4", cwd=tmp_path)
    assert more["memoryBytes"] > plain["memoryBytes"]


def test_files_that_would_fail_say_why(tmp_path: Path) -> None:
    (tmp_path / "note.ifc").write_text("hello")
    note, gone = plans("note.ifc", "gone.ifc", cwd=tmp_path, code=65)
    assert (note["action"], note["failure"]["reason"]) == ("fail", "NotAnIfcFile")
    assert gone["failure"]["reason"] == "InputNotFound"


def test_a_web_server_tells_the_size(tmp_path: Path) -> None:
    content = samples.write(samples.box(), tmp_path / "box.ifc").read_bytes()
    with serve() as site:
        (plan,) = plans(site.at("/box.ifc", Answer(content)), cwd=tmp_path)
    assert plan["bytes"] == len(content)
    assert "schema" not in plan


def test_the_table_is_for_people(tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "box.ifc")
    done = run("run", "box.ifc", "--dry-run", cwd=tmp_path, program=REAL)
    heading, row, _, summary, *_ = done.stdout.splitlines()
    assert heading.split() == ["FILE", "SIZE", "SCHEMA", "MEMORY", "ACTION", "OUTPUT"]
    assert row.split()[0] == "box.ifc"
    assert row.split()[-2:] == ["run", "ifcjob-out/box"]
    assert summary == "1 file; operations: metadata, spatial-tree, properties, gltf"
    assert done.stderr == ""
