"""`--skip-existing`: artifacts of an earlier run that this run would only repeat."""

import hashlib
from pathlib import Path

from pydantic import ValidationError

from ifcjob.failures import RunFailure
from ifcjob.manifest import Manifest
from ifcjob.report import RunReport, Summary
from ifcjob.request import RunRequest
from ifcjob_cli.run.destination import Destination
from ifcjob_runner.coverage_gate import check_coverage
from ifcjob_runner.facts import engine_versions
from ifcjob_runner.transfer import http_pool

_CHUNK = 1024**2


def existing_report(request: RunRequest, destination: Destination, folder: str) -> RunReport | None:
    """Return the report of an earlier run on the same bytes, with the same options and versions; None without one."""
    content = destination.read_manifest(folder)
    try:
        manifest = Manifest.model_validate_json(content or b"")
    except ValidationError:
        return None
    if not _is_same(request, manifest) or not _is_complete(manifest, destination.sizes(folder)):
        return None
    if _sha256_of(request.source.uri) != manifest.input.sha256:
        return None
    return RunReport(
        outcome="Succeeded",
        degraded=manifest.outcome == "Degraded",
        summary=Summary(
            coverage=manifest.coverage.counts() if manifest.coverage else None,
            input_bytes=manifest.input.bytes,
            artifact_bytes={artifact.name: artifact.bytes for artifact in manifest.artifacts},
            findings=len(manifest.findings),
        ),
        input_sha256=manifest.input.sha256,
        manifest_sha256=hashlib.sha256(content or b"").hexdigest(),
        runner_version=manifest.engine.get("ifcjob", ""),
    )


def _is_same(request: RunRequest, manifest: Manifest) -> bool:
    """Return whether a run of this request would succeed with the same artifacts, if the file is the same."""
    options = request.operations.or_all().model_dump(mode="json", by_alias=True, exclude_none=True)
    if (manifest.options, manifest.engine) != (options, engine_versions()):
        return False
    if request.source.strict_schema and any(finding.code == "NonStandardSchema" for finding in manifest.findings):
        return False
    findings = [finding.model_dump(mode="json", by_alias=True) for finding in manifest.findings]
    try:
        check_coverage(request.coverage, manifest.coverage, findings)  # type: ignore[arg-type]  # as in the runner
    except RunFailure:
        return False
    return True


def _is_complete(manifest: Manifest, sizes: dict[str, int]) -> bool:
    return all(sizes.get(artifact.name) == artifact.bytes for artifact in manifest.artifacts)


def _sha256_of(uri: str) -> str | None:
    """Return the checksum of a file; None if it cannot be read, so that the run reports why."""
    digest = hashlib.sha256()
    try:
        if not http_pool.is_http(uri):
            with Path(uri).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        with http_pool.request("GET", uri, redirects=http_pool.MAX_REDIRECTS) as response:
            if response.status != 200:
                return None
            for chunk in response.stream(_CHUNK, decode_content=False):
                digest.update(chunk)
    except (OSError, RunFailure):
        return None
    return digest.hexdigest()
