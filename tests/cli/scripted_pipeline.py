"""A fake pipeline for display tests: the "IFC" file contains the script.

Run as a module it is the `ifcjob` command on top of the stand-in. A file holds JSON: `{}` succeeds, `{"fail": REASON}`
fails (at the stage `"at"`), `{"skip": N}` leaves elements out, `{"findings": N}` finds something, `{"pause": SECONDS}`
waits at every step, `{"print": TEXT}` prints where nothing should, `{"signal": NUMBER}` sends the command a signal.
"""

from __future__ import annotations

import json
import os
import sys
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import MEDIA_TYPES, Artifact, Coverage, Finding, Input, Manifest
from ifcjob.report import Doubtful, Failure, Progress, RunReport, Skipped, StageTime, Summary

if TYPE_CHECKING:
    from ifcjob.request import RunRequest
    from ifcjob_runner.progress.observer import Observer

ELEMENTS = 1512
MADE = (
    "elements.parquet", "metadata.json", "model.glb", "properties.parquet", "relations.parquet", "spatial-tree.json",
)  # fmt: skip
STAGES = ("fetch", "inspect", "metadata", "spatial_tree", "properties", "geometry", "gltf", "publish")


def run(request: RunRequest, observer: Observer) -> RunReport:
    """Run the script in the source file."""
    try:
        script = json.loads(Path(request.source.uri).read_text())
    except FileNotFoundError:
        return _failed(FailureReason.INPUT_NOT_FOUND, f"{request.source.uri} does not exist.")
    if "print" in script:
        print(script["print"])  # noqa: T201 - the bad habit under test
    if "signal" in script:
        os.kill(os.getpid(), script["signal"])
    if "fail" in script:
        for stage in STAGES[: STAGES.index(script.get("at", "fetch")) + 1]:
            observer.on_stage_started(stage)
        return _failed(FailureReason(script["fail"]), "It is what the script says.")
    stages = [_stage(name, index, script, observer) for index, name in enumerate(STAGES)]
    return _succeeded(request, script, stages)


def _stage(name: str, index: int, script: dict[str, Any], observer: Observer) -> StageTime:
    observer.on_stage_started(name)
    total = ELEMENTS if name in ("properties", "geometry") else 0
    for quarter in range(5):
        percent = (index + quarter / 4) * 100 / len(STAGES)
        done = total * quarter // 4
        observer.on_progress(Progress(percent=percent, stage=name, elements_done=done, elements_total=total))
        time.sleep(script.get("pause", 0))
    seconds = 0.1 * (index + 1)
    observer.on_stage_finished(name, seconds)
    return StageTime(name=name, seconds=seconds)


def _succeeded(request: RunRequest, script: dict[str, Any], stages: list[StageTime]) -> RunReport:
    assert request.output.folder
    folder = Path(request.output.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in MADE:
        (folder / name).write_bytes(b"x" * (len(name) * 40_000))
    sizes = {name: len(name) * 40_000 for name in MADE}
    skipped = [
        Skipped(global_id=f"{number:022}", ifc_class="IfcWall", reason="no triangles")
        for number in range(script.get("skip", 0))
    ]
    doubtful = [
        Doubtful(global_id=f"{number:022}", ifc_class="IfcSlab", reason="open surface")
        for number in range(script.get("doubt", 0))
    ]
    emitted = ELEMENTS - len(skipped)
    findings = [
        Finding(code="DuplicateGlobalId", message="Two elements share a GlobalId.", global_ids=[f"{number:022}"])
        for number in range(script.get("findings", 0))
    ]
    manifest = Manifest(
        input=Input(uri=request.source.public_uri or request.source.uri, sha256="0" * 64, bytes=10),
        engine={"ifcjob": "0"},
        options=request.operations.model_dump(mode="json", by_alias=True),
        artifacts=[Artifact(name=n, media_type=MEDIA_TYPES[n], bytes=s, sha256="0" * 64) for n, s in sizes.items()],
        coverage=Coverage(expected=ELEMENTS, emitted=emitted, skipped=skipped, doubtful=doubtful),
        stages=stages,
        cpu_seconds=2.5,
        peak_memory_bytes=212_000_000,
        findings=findings,
    )
    (folder / "manifest.json").write_text(manifest.to_json())
    return RunReport(
        outcome="Succeeded",
        degraded=bool(skipped),
        summary=Summary(
            schema_name="IFC4",
            elements=ELEMENTS,
            coverage=manifest.coverage and manifest.coverage.counts(),
            triangles=23_020,
            artifact_bytes=sizes,
            findings=len(findings),
        ),
        skipped=skipped[:3],
        stages=stages,
        seconds=1.93,
        cpu_seconds=2.5,
        peak_memory_bytes=212_000_000,
    )


def _failed(reason: FailureReason, message: str) -> RunReport:
    return RunReport(outcome="Failed", failure=Failure.of(RunFailure(reason, message)), seconds=0.25)


if __name__ == "__main__":
    stand_in = types.ModuleType("ifcjob_runner.pipeline")
    stand_in.run = run  # type: ignore[attr-defined]
    sys.modules["ifcjob_runner.pipeline"] = stand_in
    import ifcjob_runner

    ifcjob_runner.pipeline = stand_in
    from ifcjob_cli.__main__ import main

    sys.exit(main())
