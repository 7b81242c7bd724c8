"""Artifacts of a run: from its folder, and from a bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ifcjob_client.artifacts import Artifacts
from tests.cli.command import REAL, run
from tests.support.s3 import s3_store
from tests.support.served import HOUSE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the example house."""
    folder = tmp_path_factory.mktemp("artifacts")
    assert run("run", HOUSE, "-o", folder, cwd=folder, program=REAL).returncode == 0
    return folder


def test_a_folder_gives_typed_documents_and_tables(out: Path) -> None:
    house = Artifacts.of_model("models/house.ifc", out)
    assert house.manifest.coverage is not None
    assert house.manifest.coverage.expected == house.manifest.coverage.emitted == 179
    assert house.metadata.project is not None
    assert house.tree.model_dump()
    assert house.elements.num_rows == 235
    assert "value" in house.properties.column_names
    assert house.relations.num_rows > 0
    assert house.glb_path.read_bytes()[:4] == b"glTF"
    assert house.table("elements.parquet", columns=["class"]).column_names == ["class"]


def test_a_folder_of_no_run_and_a_missing_artifact_are_named(out: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no manifest\.json: it is not the folder of one finished run"):
        Artifacts(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"has no properties\.xlsx; this run published elements\.parquet"):
        Artifacts(out / "house").path("properties.xlsx")


@pytest.mark.parametrize("attempt", ["", "1f0c2a9e-1/"])
def test_a_bucket_is_read_on_demand(out: Path, tmp_path: Path, attempt: str) -> None:
    with s3_store(tmp_path / "store") as store:
        for path in (out / "house").iterdir():
            store.client.fput_object(store.bucket, f"results/house/{attempt}{path.name}", str(path))
        manifest = json.loads((out / "house" / "manifest.json").read_bytes()) | {"folder": attempt or None}
        copy = tmp_path / "manifest.json"
        copy.write_text(json.dumps(manifest), encoding="utf-8")
        store.client.fput_object(store.bucket, "results/house/manifest.json", str(copy))
        uri = f"s3://{store.bucket}/results/house"
        house = Artifacts.of_bucket(uri, tmp_path / "kept", store.client)
        assert house.elements.num_rows == 235
        assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["elements.parquet", "manifest.json"]
        with pytest.raises(FileNotFoundError, match=r"has no other\.csv"):
            house.path("other.csv")
