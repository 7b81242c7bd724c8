"""Every corpus file gives artifacts or a typed failure, those included that once broke an engine."""

import hashlib
import time

import pytest

from ifcjob.failures import FAILURES
from ifcjob.manifest import Manifest
from ifcjob.options import GltfOptions, MetadataOptions, Operations, PropertiesOptions, SpatialTreeOptions
from tests.support.corpus import CORPUS, corpus_file, corpus_names
from tests.support.glb import Glb
from tests.support.runs import run_file

pytestmark = pytest.mark.corpus

DEADLINE = 120.0
FAILING = {
    "regression/invalid.ifc": ("NotAnIfcFile", "header"),
}
"""The reason, and a part of the message."""
WITHOUT_PRODUCTS = {"regression/encoding.ifc"}
NAMES = [*corpus_names("regression/"), *corpus_names()]


@pytest.mark.skipif(not NAMES, reason=f"no folder of real models: set IFCJOB_CORPUS (now {CORPUS})")
@pytest.mark.parametrize("name", NAMES)
def test_a_corpus_file_gives_artifacts_or_its_failure(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    operations = Operations(
        metadata=MetadataOptions(),
        spatial_tree=SpatialTreeOptions(),
        properties=PropertiesOptions(),
        gltf=GltfOptions(element_deadline_seconds=5),
    )
    began = time.monotonic()
    finished = run_file(
        corpus_file(name),
        tmp_path_factory.mktemp("run") / "out",
        operations=operations.model_dump(by_alias=True, exclude_none=True),
        limits={"deadlineSeconds": DEADLINE},
    )
    assert time.monotonic() - began < DEADLINE + 5
    report = finished.report
    if name in FAILING:
        reason, part = FAILING[name]
        assert report.failure is not None
        assert report.failure.reason == reason
        assert part in report.failure.message
        assert report.failure.hint
        assert not finished.folder.exists()
        return
    assert report.failure is None or FAILURES[report.failure.reason].fixer != "us", report.failure
    assert report.outcome == "Succeeded", report.failure
    manifest = Manifest.model_validate(finished.manifest)
    for artifact in manifest.artifacts:
        content = (finished.folder / artifact.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (artifact.bytes, artifact.sha256)
    assert manifest.coverage is not None
    assert manifest.coverage.expected == manifest.coverage.emitted + len(manifest.coverage.skipped)
    assert report.degraded == bool(manifest.coverage.skipped)
    assert ("NoProducts" in {finding.code for finding in manifest.findings}) == (name in WITHOUT_PRODUCTS)
    if "DuplicateGlobalId" not in {finding.code for finding in manifest.findings}:
        assert len(Glb(finished.glb).drawn()) == manifest.coverage.emitted
