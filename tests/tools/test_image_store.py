"""The store of images stays within its bound, and builds that run at the same time spare each other."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import image_store
from tools.cluster.node import require_space

RECORDER = """
import pathlib, sys
calls = pathlib.Path(sys.argv[1])
calls.write_text(calls.read_text() + " ".join(sys.argv[2:]) + "\\n")
if sys.argv[2] == "images":
    print("localhost/ifcjob/runner:dev\\nlocalhost/ifcjob/runner:0.1.0-gabc\\ndocker.io/library/debian:trixie-slim")
"""


def recorder(calls: Path) -> Sequence[str]:
    """Return a command that takes buildah's place and notes its arguments."""
    calls.write_text("")
    return (sys.executable, "-c", RECORDER, str(calls))


def store_of(folder: Path, *sizes: int) -> Path:
    layers = folder / "root" / "overlay-layers"
    layers.mkdir(parents=True)
    (layers / "layers.json").write_text(json.dumps([{"id": "a", "diff-size": size} for size in sizes]))
    return folder


def test_store_above_its_limit_loses_superseded_tags_and_layers(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    store = store_of(tmp_path / "store", 70, 40)
    image_store.prune(store, recorder(calls), limit=100)
    assert calls.read_text().splitlines() == [
        "rm --all",
        "images --format {{.Name}}:{{.Tag}}",
        "rmi localhost/ifcjob/runner:0.1.0-gabc",
        "rmi --prune",
    ]


def test_store_within_its_limit_keeps_the_layers_of_earlier_builds(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    image_store.prune(store_of(tmp_path / "store", 70, 30), recorder(calls), limit=100)
    assert calls.read_text().splitlines() == ["rm --all"]


def test_second_build_at_the_same_time_does_not_prune(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    buildah = recorder(calls)
    with image_store.building(tmp_path / "store", buildah), image_store.building(tmp_path / "store", buildah):
        assert calls.read_text().splitlines() == ["rm --all"]


def test_failing_prune_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError), image_store.building(tmp_path / "store", ["false"]):
        pass


def test_node_on_a_full_disk_says_what_to_delete(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"needs 1000000000 GB on the disk.*delete what can be made again"):
        require_space(tmp_path / "node", needed=10**18)
