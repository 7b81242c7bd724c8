"""Buffer views: few, split at their limit; a file above the limit of a GLB is refused."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.glb.accessors import FLOAT, UNSIGNED_INT, UNSIGNED_SHORT, Accessors
from ifcjob_runner.glb.json_arrays import JsonArray
from ifcjob_runner.glb.layout import Layout
from tests.runner.glb.scenes import at, box, global_id, scene, tube, workshop
from tests.support.gltf_validator import GltfValidator


@pytest.mark.parametrize(("compression", "views"), [("none", 2), ("quantize", 2), ("meshopt", 2)])
def test_positions_and_indices_have_one_view_each(tmp_path: Path, compression: str, views: int) -> None:
    glb, _ = workshop().write(tmp_path / "model.glb", compression=compression)
    assert len(glb.json["bufferViews"]) == views


@pytest.mark.parametrize("compression", ["none", "meshopt"])
def test_views_are_split_at_their_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str, gltf_validator: GltfValidator
) -> None:
    monkeypatch.setattr("ifcjob_runner.glb.layout._LARGEST_VIEW", 2000)
    monkeypatch.setattr("ifcjob_runner.glb.layout._LARGEST_ENCODED_VIEW", 1000)
    source = scene([tube(1, 2, sides=20 + n) for n in range(9)], {n: [(n, at(3 * n))] for n in range(9)})
    glb, stats = source.write(tmp_path / "model.glb", compression=compression)
    assert len(glb.json["bufferViews"]) > 4
    for step in range(9):
        assert glb.elements[global_id(step)].box.reshape(-1) == pytest.approx(stats.boxes[step], abs=2e-4)
    assert gltf_validator.problems(tmp_path / "model.glb") == []


@pytest.mark.parametrize("compression", ["none", "meshopt"])
def test_a_file_too_large_for_glb_is_refused_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    monkeypatch.setattr("ifcjob_runner.glb.layout.LARGEST_FILE", 3000)
    with pytest.raises(RunFailure, match="4 GiB") as caught:
        workshop().write(tmp_path / "model.glb", compression=compression)
    assert caught.value.reason is FailureReason.INVALID_REQUEST
    assert "compression" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_large_buffers_are_kept_in_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = workshop()
    source.write(tmp_path / "memory.glb", compression="meshopt")
    monkeypatch.setattr("ifcjob_runner.glb.layout._IN_MEMORY", 16)
    monkeypatch.setattr("ifcjob_runner.glb.json_arrays._GROUP", 2)
    source.write(tmp_path / "files.glb", compression="meshopt")
    assert (tmp_path / "memory.glb").read_bytes() == (tmp_path / "files.glb").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"memory.glb", "files.glb"}


def test_equal_bytes_of_different_kinds_are_different_accessors() -> None:
    def scratch() -> BytesIO:
        return BytesIO()

    accessors = Accessors(JsonArray(scratch), Layout(scratch))
    rows = bytes(24)
    bounds: Any = {"min": [0, 0, 0], "max": [0, 0, 0]}
    numbers = [
        accessors.vertices(rows, 12, FLOAT),
        accessors.vertices(rows, 12, FLOAT, **bounds),
        accessors.vertices(rows, 8, UNSIGNED_SHORT, **bounds),
        accessors.indices(rows, UNSIGNED_SHORT),
        accessors.indices(rows, UNSIGNED_INT),
    ]
    assert numbers == [0, 1, 2, 3, 4]
    assert accessors.vertices(rows, 12, FLOAT) == 0


@pytest.mark.parametrize("compression", ["quantize", "meshopt"])
def test_required_extensions_are_declared(tmp_path: Path, compression: str) -> None:
    glb, _ = scene([box(1, 1, 1)], {1: [(0, at())]}).write(tmp_path / "model.glb", compression=compression)
    expected = ["KHR_mesh_quantization"] + (["EXT_meshopt_compression"] if compression == "meshopt" else [])
    assert glb.json["extensionsRequired"] == glb.json["extensionsUsed"] == expected
    buffers = glb.json["buffers"]
    if compression == "meshopt":
        assert buffers[1]["extensions"] == {"EXT_meshopt_compression": {"fallback": True}}
        assert "uri" not in buffers[1]
