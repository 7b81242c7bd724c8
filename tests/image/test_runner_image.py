"""The runner image on a strict cluster: see container.py."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.manifest import Manifest
from ifcjob.report import RunReport
from ifcjob_runner.processes.cgroup import MINIMUM_BYTES
from tests.image.container import MIB, Engine, Sandbox, owned
from tests.support import samples

pytestmark = pytest.mark.image

INSIDE = Path(__file__).with_name("inside")
PACKAGE_BUDGET = 250 * 10**6
"""Bytes of all Python packages in the image; unpruned they are more than twice as many."""
FOUR = {
    "metadata.json", "spatial-tree.json", "elements.parquet", "properties.parquet", "relations.parquet", "model.glb",
    "manifest.json",
}  # fmt: skip


def read(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


class Attempt:
    """The folders and files of one run's pod."""

    def __init__(self, folder: Path, source: Path, request: dict[str, Any]) -> None:
        self.work = owned(folder / "work")
        self.out = owned(folder / "out")
        self._termination = folder / "termination-log"
        self._termination.touch()
        self._termination.chmod(0o666)
        self._request = folder / "request.json"
        self._request.write_text(json.dumps(request))
        self.mounts = {
            self.work: "/work",
            self.out: "/out",
            self._termination: "/dev/termination-log",
            self._request: "/request.json:ro",
            source: f"/models/{source.name}:ro",
        }

    def run(
        self, runner: Engine, memory: int, network: str | None = None, user: tuple[int, int] | None = None
    ) -> tuple[int, RunReport]:
        """Run the image's entry point and return its exit code and report."""
        sandbox = Sandbox(self.mounts, memory=memory, cpus=1.0, network=network, user=user)
        done = runner.run(sandbox, ["/request.json"])
        text = self._termination.read_text()
        assert text, f"exit code {done.returncode} and no report; stderr: {done.stderr[-2000:]}"
        assert len(text.encode()) <= 4096
        return done.returncode, RunReport.model_validate_json(text)


def test_runner_is_unprivileged_and_precompiled(runner: Engine, tmp_path: Path) -> None:
    mounts = {owned(tmp_path / "work"): "/work", INSIDE: "/inside:ro"}
    facts = read(runner.run(Sandbox(mounts), ["python", "/inside/facts.py"]))
    assert facts["user"] == [10001, 10001]
    assert facts["capabilities"] == [0, 0, 0, 0, 0]
    assert facts["network"] == "Network is unreachable"
    assert [path for path, refusal in facts["refusals"].items() if refusal is None] == ["/work/x"]
    assert facts["jemalloc"]
    assert facts["threads"] == 1
    assert facts["withoutBytecode"] == []
    assert facts["ballast"] == []
    assert facts["leftovers"] == []
    assert facts["packageBytes"] <= PACKAGE_BUDGET


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2"])
def test_engines_work_without_the_removed_files(runner: Engine, tmp_path: Path, schema: str) -> None:
    model = samples.two_walls_with_opening(schema)
    path = samples.write(model, tmp_path / "model.ifc")
    mounts = {owned(tmp_path / "work"): "/work", path: "/model.ifc:ro", INSIDE: "/inside:ro"}
    facts = read(runner.run(Sandbox(mounts), ["python", "/inside/engines.py", "/model.ifc"]))
    bodies = sorted(product.GlobalId for product in model.by_type("IfcProduct") if product.Representation)
    assert facts["meshed"] == bodies
    assert facts["kernels"] == ["ifcopenshell_geometry_kernel_opencascade.so"]
    assert facts["compiledFromCgal"] == []
    assert facts["ifclite"]
    assert facts["parquetRows"] == 2
    assert facts["meshoptBytes"] > 0
    assert facts["derived"].endswith("IfcDimensionalExponents(1,0,0,0,0,0,0)")
    assert facts["unknown"] == "absent"


def test_4_mb_model_fits_1_cpu_and_512_mib(runner: Engine, tmp_path: Path, office: Path) -> None:
    request = {"source": {"uri": f"/models/{office.name}"}, "output": {"folder": "/out"}}
    attempt = Attempt(tmp_path, office, request)
    code, report = attempt.run(runner, 512 * MIB)
    assert report.failure is None, report.failure.message
    assert (code, report.outcome) == (0, "Succeeded")
    assert {path.name for path in attempt.out.iterdir()} == FOUR
    assert report.summary.coverage is not None
    assert report.summary.coverage.emitted == report.summary.coverage.expected > 500
    assert 0 < report.peak_memory_bytes < 512 * MIB
    assert list(attempt.work.iterdir()) == []


def test_runner_needs_network_only_for_presigned_urls(runner: Engine, tmp_path: Path, office: Path) -> None:
    uploads = owned(tmp_path / "uploads")
    store = "http://127.0.0.1:8000"
    request = {
        "source": {"uri": f"{store}/{office.name}?signature=s"},
        "output": {"uploads": {name: f"{store}/attempt/{name}?signature=s" for name in FOUR}},
        "progress": {"url": f"{store}/progress", "token": "token-of-the-attempt"},
    }
    attempt = Attempt(tmp_path / "attempt", office, request)
    serving = Sandbox({uploads: "/uploads", office: f"/models/{office.name}:ro", INSIDE: "/inside:ro"})
    with runner.serve(serving, ["python", "/inside/server.py"]) as network:
        wait_for(uploads / "ready")
        code, report = attempt.run(runner, 512 * MIB, network)
    assert report.failure is None, report.failure.message
    assert code == 0
    manifest = Manifest.model_validate_json((uploads / "manifest.json").read_bytes())
    assert {artifact.name for artifact in manifest.artifacts} == FOUR - {"manifest.json"}
    assert {artifact.name: artifact.bytes for artifact in manifest.artifacts} == {
        name: (uploads / name).stat().st_size for name in FOUR - {"manifest.json"}
    }
    posted = [json.loads(line)["percent"] for line in (uploads / "progress.ndjson").read_text().splitlines()]
    assert posted == sorted(posted)
    assert posted[-1] == 100


@pytest.mark.parametrize("mebibytes", [64, 90, 100])
def test_too_little_memory_fails_with_out_of_memory(
    runner: Engine, tmp_path: Path, office: Path, mebibytes: int
) -> None:
    request = {"source": {"uri": f"/models/{office.name}"}, "output": {"folder": "/out"}}
    attempt = Attempt(tmp_path, office, request)
    code, report = attempt.run(runner, mebibytes * MIB)
    assert report.failure is not None
    assert report.failure.reason == FailureReason.OUT_OF_MEMORY
    assert code == FAILURES[FailureReason.OUT_OF_MEMORY].exit_code
    assert report.peak_memory_bytes > 0
    assert bool(report.stages) == (mebibytes * MIB >= MINIMUM_BYTES), "below that nothing is begun"
    assert list(attempt.out.iterdir()) == []


def wait_for(path: Path, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear within {seconds} s"
        time.sleep(0.02)
