"""The result of a job by its name: from the cluster, or from the history after its deletion."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

from ifcjob.status import Result
from ifcjob_api.jobs import writes
from ifcjob_api.live.annotations import FILE_NAME
from ifcjob_api.live.entries import JobEntry
from ifcjob_api.models.results import ModelResult
from ifcjob_api.problems import Problem
from ifcjob_api.services import Services
from ifcjob_backends.cluster.objects import Json
from ifcjob_catalog import HistoryQuery


async def result_of(services: Services, namespace: str, name: str) -> tuple[ModelResult, str]:
    """Return the result, and the name of the file without its ending; Problem 404 or 409 when there is none."""
    try:
        return _live_result(await writes.find(services, namespace, name))
    except Problem as problem:
        if problem.code != "JobNotFound" or services.catalog is None:
            raise
        query = HistoryQuery(phases=("Succeeded",), name=name, limit=1)
        rows = await services.catalog.history(namespace, query)
        if not rows or not rows[0]["result_manifest"]:
            raise
        return _past_result(rows[0])


def _live_result(entry: JobEntry) -> tuple[ModelResult, str]:
    namespace, name = entry.key
    item = entry.object()
    result = (item.get("status") or {}).get("result")
    if result is None and entry.is_finished:
        detail = f"{name} is {entry.phase} and has no artifacts: its status says why."
        raise Problem(404, "NoArtifacts", detail)
    if result is None:
        raise Problem(409, "JobNotFinished", f"{name} is {entry.phase}: it has artifacts once it has succeeded.")
    finished_at = datetime.fromtimestamp(entry.finished, UTC)
    model = ModelResult(entry.sha256, namespace, name, finished_at, Result.model_validate(result))
    return model, _stem(item["metadata"].get("annotations"), name)


def _past_result(row: Json) -> tuple[ModelResult, str]:
    result = Result(manifest=row["result_manifest"], manifest_sha256=row["result_manifest_sha256"])
    sha256, name = row["input_sha256"] or "", row["name"]
    return ModelResult(sha256, row["namespace"], name, row["finished_at"], result), _stem(row["annotations"], name)


def _stem(annotations: dict[str, str] | None, job: str) -> str:
    name = (annotations or {}).get(FILE_NAME) or job
    return PurePosixPath(name.removesuffix(".gz")).stem or job
