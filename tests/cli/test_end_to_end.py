"""The whole command on the real pipeline: real files in, real artifacts out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.cli.command import REAL, lines, run, run_on_terminal
from tests.support import samples
from tests.support.corpus import corpus_file
from tests.support.s3 import s3_store
from tests.support.web import Answer, serve

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = {
    "elements.parquet", "manifest.json", "metadata.json", "model.glb", "properties.parquet", "relations.parquet",
    "spatial-tree.json",
}  # fmt: skip


def reports(*arguments: str | Path, cwd: Path, code: int = 0, **environment: str) -> list[dict[str, Any]]:
    done = run("run", *arguments, "--json", cwd=cwd, program=REAL, **environment)
    assert done.returncode == code, done.stderr
    return lines(done.stdout)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


def test_run_writes_a_folder_of_artifacts(tmp_path: Path) -> None:
    samples.write(samples.two_walls_with_opening(), tmp_path / "house.ifc")
    (report,) = reports("house.ifc", "-o", "out", cwd=tmp_path)
    assert names(tmp_path / "out" / "house") == EVERYTHING
    assert report["summary"]["schema"] == "IFC4"
    assert report["summary"]["coverage"] == {"expected": 3, "emitted": 3, "skipped": 0, "doubtful": 0}
    sizes = report["summary"]["artifactBytes"]
    assert all((tmp_path / "out" / "house" / name).stat().st_size == size for name, size in sizes.items())
    assert (tmp_path / "out" / "house" / "model.glb").read_bytes()[:4] == b"glTF"


def test_zipped_files_of_three_schemas_run_in_one_command(tmp_path: Path) -> None:
    samples.write(samples.box("IFC2X3"), tmp_path / "m" / "a.ifczip")
    samples.write(samples.box("IFC4"), tmp_path / "m" / "b.ifc.gz")
    samples.write(samples.box("IFC4X3"), tmp_path / "m" / "c.ifc")
    results = reports("m", cwd=tmp_path)
    assert [report["folder"] for report in results] == ["ifcjob-out/a", "ifcjob-out/b", "ifcjob-out/c"]
    assert [report["summary"]["schema"][:6] for report in results] == ["IFC2X3", "IFC4", "IFC4X3"]


def test_failed_element_is_listed_and_degrades_the_run(tmp_path: Path) -> None:
    samples.write(samples.with_broken_element(), tmp_path / "broken.ifc")
    screen = run_on_terminal("run", "broken.ifc", cwd=tmp_path, program=REAL)
    assert screen.code == 0
    assert "Degraded" in screen.last
    (skipped,) = manifest(tmp_path / "ifcjob-out" / "broken")["coverage"]["skipped"]
    assert f"{skipped['globalId']}  IfcWall" in screen.last


def test_only_limits_artifacts_and_a_rerun_replaces_them(tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "box.ifc")
    reports("box.ifc", cwd=tmp_path)
    reports("box.ifc", "--only", "metadata,properties", "--formats", "csv", cwd=tmp_path)
    tables = {"elements.csv", "elements.parquet", "properties.csv", "properties.parquet", "relations.parquet"}
    made = tables | {"manifest.json", "metadata.json"}
    assert names(tmp_path / "ifcjob-out" / "box") == made


def test_options_reach_the_engine(tmp_path: Path) -> None:
    samples.write(samples.two_walls_with_opening(), tmp_path / "house.ifc")
    (report,) = reports("house.ifc", "--include-classes", "IfcWindow", "--spaces", "show", cwd=tmp_path)
    assert report["summary"]["coverage"]["emitted"] == 1
    options = manifest(tmp_path / "ifcjob-out" / "house")["options"]["gltf"]
    assert (options["includeClasses"], options["spaces"]) == (["IfcWindow"], "show")


def test_missing_file_is_reported_with_similar_names(tmp_path: Path) -> None:
    samples.write(samples.box(), tmp_path / "house.ifc")
    (report,) = reports("hause.ifc", cwd=tmp_path, code=66)
    assert report["failure"]["reason"] == "InputNotFound"
    assert "house.ifc" in report["failure"]["hint"]


def test_url_is_processed(tmp_path: Path) -> None:
    content = samples.write(samples.box(), tmp_path / "box.ifc").read_bytes()
    with serve() as site:
        url = site.at("/models/tower.ifc", Answer(content))
        (report,) = reports(f"{url}?token=secret", cwd=tmp_path)
    assert report["folder"] == "ifcjob-out/tower"
    assert manifest(tmp_path / "ifcjob-out" / "tower")["input"]["uri"] == url


def test_s3_object_is_processed_without_showing_its_signature(tmp_path: Path) -> None:
    path = samples.write(samples.box(), tmp_path / "box.ifc")
    with s3_store(tmp_path / "s3") as store:
        environment = {
            "AWS_ENDPOINT_URL": store.endpoint,
            "AWS_ACCESS_KEY_ID": store.access_key,
            "AWS_SECRET_ACCESS_KEY": store.secret_key,
        }
        store.client.fput_object(store.bucket, "2024/tower.ifc", str(path))
        done = run("run", "s3://models/2024/", "s3://models/gone.ifc", cwd=tmp_path, program=REAL, **environment)
    assert done.returncode == 66, done.stderr
    folder = tmp_path / "ifcjob-out" / "tower"
    assert manifest(folder)["input"]["uri"] == "s3://models/2024/tower.ifc"
    assert names(folder) == EVERYTHING
    assert "Signature" not in done.stderr + (folder / "manifest.json").read_text()


def test_ctrl_c_stops_all_processes_and_starts_no_other_file(tmp_path: Path) -> None:
    samples.write(samples.boxes(3000), tmp_path / "a.ifc")
    samples.write(samples.box(), tmp_path / "b.ifc")
    command = [*REAL, "run", "a.ifc", "b.ifc", "--json", "--parallel", "1"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stderr
    assert "inspect" in process.stderr.readline() + process.stderr.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    output, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 2
    assert process.returncode == 75
    (report,) = map(json.loads, output.splitlines())
    assert report["failure"]["reason"] == "Interrupted"
    assert family
    assert not psutil.wait_procs(family, timeout=1)[1]
    assert not (tmp_path / "ifcjob-out" / "b").exists()


@pytest.mark.corpus
def test_real_model_is_processed(tmp_path: Path) -> None:
    screen = run_on_terminal("run", corpus_file("openhouse.ifc"), cwd=tmp_path, program=REAL)
    assert screen.code == 0
    assert "100 %" in screen.last
    assert names(tmp_path / "ifcjob-out" / "openhouse") == EVERYTHING
