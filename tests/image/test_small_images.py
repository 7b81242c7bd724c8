"""The images of operator and runner contain what their programs need, and no tools for attackers."""

import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.image.conftest import built
from tests.image.container import Engine, Sandbox, owned
from tools import images

pytestmark = pytest.mark.image

INSIDE = Path(__file__).with_name("inside")
NAMES = ["operator", "runner"]
BUDGETS = {"operator": 270 * 10**6, "runner": 320 * 10**6}
"""Bytes, unpacked; what the README says, and a little. A third of the operator's is DuckDB, for the API."""


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def container(name: str, request: pytest.FixtureRequest) -> Engine:
    running: Engine = request.getfixturevalue(name)
    return running


def inside(engine: Engine, program: str, work: Path) -> dict[str, Any]:
    """Run a program of inside/ and parse its output."""
    # Like the kubelet.
    hosts = work.with_name("hosts")
    hosts.write_text("192.0.2.7 store.example\n")
    sandbox = Sandbox({owned(work): "/work", INSIDE: "/inside:ro", hosts: "/etc/hosts:ro"})
    done = engine.run(sandbox, ["python", f"/inside/{program}"])
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def about(image: str) -> dict[str, Any]:
    """Return an image's OCI configuration."""
    if images.engine() == "docker":
        return dict(json.loads(_read("docker", "image", "inspect", image))[0])
    return dict(json.loads(_read(*images.BUILDAH, "inspect", "--type", "image", image))["OCIv1"])


def test_image_contains_no_program_but_python(container: Engine, tmp_path: Path) -> None:
    facts = inside(container, "system.py", tmp_path / "work")
    assert facts["programs"] == ["/usr/local/bin/python3.11"]
    assert facts["others"] == []
    assert facts["tools"] == []
    assert facts["privileged"] == []


def test_image_has_no_shell(container: Engine) -> None:
    done = container.run(Sandbox({}), ["sh", "-c", "echo here"])
    assert done.returncode != 0
    assert "executable file not found" in done.stdout + done.stderr


def test_standard_library_works_without_the_removed_files(container: Engine, tmp_path: Path) -> None:
    facts = inside(container, "system.py", tmp_path / "work")
    assert facts["broken"] == []
    assert facts["uncompiled"] == []
    assert facts["authorities"] > 100
    assert facts["zone"] == "Europe/Oslo"
    assert facts["encoding"].lower() == "utf-8"
    assert facts["address"] == "192.0.2.7"
    assert facts["user"] == "ifcjob"


def test_scanners_find_the_package_of_each_library(container: Engine, name: str, tmp_path: Path) -> None:
    records = set(inside(container, "system.py", tmp_path / "work")["records"])
    assert {"libc6", "libssl3", "zlib1g", "ca-certificates", "tzdata"} <= records
    assert ("libjemalloc2" in records) == (name == "runner")
    assert records.isdisjoint({"apt", "bash", "dash", "dpkg", "coreutils", "perl-base"})


def test_operator_and_api_work_without_the_removed_files(operator: Engine, tmp_path: Path) -> None:
    facts = inside(operator, "operator_parts.py", tmp_path / "work")
    assert facts["catalog"] == 0
    assert facts["lease"] == ["a", "operator", "a"]
    assert facts["imported"] > 150
    assert (facts["rows"], facts["user"]) == (7, "ann")


def test_image_labels_name_source_and_version(name: str) -> None:
    details = about(built(name))
    labels = (details.get("Config") or details["config"])["Labels"]
    annotations = {key.removeprefix("org.opencontainers.image."): value for key, value in labels.items()}
    assert annotations["title"] == f"ifcjob {name}"
    assert annotations["licenses"] == "Apache-2.0"
    assert annotations["base.name"] == "docker.io/library/python:3.11-slim-bookworm"
    assert annotations["description"]
    assert annotations["source"].startswith("https://")
    version = images.revision().version.split("-")[0]
    assert re.fullmatch(rf"{re.escape(version)}(-.+)?", annotations["version"])
    if not annotations["version"].endswith("-unversioned"):
        assert re.fullmatch(r"[0-9a-f]{40}", annotations["revision"])
        assert datetime.fromisoformat(annotations["created"]).tzinfo is not None
    assert images.exists(images.tag(name, annotations["version"]))


def test_image_is_within_its_size_limit(name: str, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    images.save(built(name), images.tag(name), archive)
    assert archive.stat().st_size <= BUDGETS[name]


def _read(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
