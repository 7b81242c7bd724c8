"""Artifacts of a job: a list, download links, and the bytes through the API."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Path, Request, Response

from ifcjob.failures import RunFailure
from ifcjob.http.artifacts import ArtifactEntry, ArtifactLink, ArtifactList
from ifcjob.manifest import MANIFEST, MEDIA_TYPES
from ifcjob_api.access.checks import Namespace, allowed
from ifcjob_api.access.protocol import Caller
from ifcjob_api.artifacts.content import content, require
from ifcjob_api.artifacts.results import result_of
from ifcjob_api.examples import artifacts as examples
from ifcjob_api.examples import operation
from ifcjob_api.models.artifact_cache import ArtifactCorrupt, ArtifactMissing, StoredArtifact
from ifcjob_api.models.store import problem_of
from ifcjob_api.problems import Problem, problem_responses
from ifcjob_api.resources.jobs import JobPath
from ifcjob_api.resources.models import Models
from ifcjob_api.services import Services, services_of

router = APIRouter(tags=["artifacts"])
PATH = "/namespaces/{namespace}/jobs/{name}/artifacts"
ARTIFACT = f"{PATH}/{{artifact}}"
API = "/api/v1"
READ = (401, 403, 404, 409, 410, 422, 429, 502, 503)
FOREVER = "max-age=31536000, immutable"
ArtifactPath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$", description="The file's name.", examples=["model.glb"])
]
Sha256Path = Annotated[
    str, Path(pattern="^[0-9a-f]{64}$", description="Checksum of the content.", examples=[examples.SHA256])
]
May = Annotated[Caller, Depends(allowed("get", "ifcjobs"))]


class Published(NamedTuple):
    """The artifacts of a job by name, and the stem of the names under which they are saved."""

    artifacts: dict[str, StoredArtifact]
    stem: str

    def stored(self, name: str) -> StoredArtifact:
        """Return an artifact; Problem 404 for another name."""
        if name not in self.artifacts:
            detail = f"The job has no {name}; it has {', '.join(sorted(self.artifacts))}."
            raise Problem(404, "ArtifactNotFound", detail)
        return self.artifacts[name]

    def file_name(self, name: str) -> str:
        """Return the name under which a browser saves an artifact."""
        return f"{self.stem}-{name}"


async def published(
    namespace: Namespace, name: JobPath, services: Annotated[Services, Depends(services_of)], models: Models, _: May
) -> Published:
    """Return the artifacts of the path's job."""
    result, stem = await result_of(services, namespace, name)
    try:
        listed = await models.artifacts(result)
    except (ArtifactMissing, ArtifactCorrupt, RunFailure) as error:
        raise problem_of(error) from error
    artifacts = {artifact.name: listed.stored(artifact.name) for artifact in listed.listed}
    bucket, key = result.result.manifest.removeprefix("s3://").split("/", 1)
    if result.result.manifest_sha256 and (facts := await services.store.facts(bucket, key)):
        artifacts[MANIFEST] = StoredArtifact(bucket, key, facts.bytes, result.result.manifest_sha256)
    return Published(artifacts, stem)


OfJob = Annotated[Published, Depends(published)]


@router.get(
    PATH,
    operation_id="listArtifacts",
    summary="List the artifacts of a job",
    response_model=ArtifactList,
    responses=problem_responses(*READ) | {200: operation.answer(examples.LIST, "The artifacts.")},
)
async def list_artifacts(namespace: Namespace, name: JobPath, job: OfJob) -> Any:
    """List them also after the job was deleted from the cluster, while the history knows it."""
    path = f"{API}/namespaces/{namespace}/jobs/{name}/artifacts"
    items = [
        ArtifactEntry(
            name=artifact,
            media_type=MEDIA_TYPES[artifact],
            bytes=stored.bytes,
            sha256=stored.sha256,
            url=f"{path}/{artifact}",
            content_url=f"{path}/{artifact}/{stored.sha256}",
        )
        for artifact, stored in sorted(job.artifacts.items())
    ]
    return ArtifactList(items=items)


@router.get(
    ARTIFACT,
    operation_id="getArtifact",
    summary="Get the download link of an artifact",
    response_model=ArtifactLink,
    response_model_exclude_none=True,
    responses=problem_responses(*READ) | {200: operation.answer(examples.LINK, "The link.")},
)
async def get_artifact(
    namespace: Namespace,
    name: JobPath,
    artifact: ArtifactPath,
    job: OfJob,
    services: Annotated[Services, Depends(services_of)],
) -> Any:
    """Return a presigned URL, under which a browser saves the file with a proper name; else a path of this API."""
    stored = job.stored(artifact)
    expires = services.store.url_lifetime(timedelta(seconds=services.settings.presign_seconds))
    await require(services.store, stored)
    link = ArtifactLink(
        name=artifact,
        media_type=MEDIA_TYPES[artifact],
        bytes=stored.bytes,
        sha256=stored.sha256,
        file_name=job.file_name(artifact),
        url=f"{API}/namespaces/{namespace}/jobs/{name}/artifacts/{artifact}/{stored.sha256}",
    )
    presigned = services.store.download_url(
        stored.bucket, stored.key, expires, name=link.file_name, media_type=link.media_type
    )
    if presigned is not None:
        link.url, link.expires_at = presigned, datetime.now(UTC) + expires
    return link


@router.get(
    f"{ARTIFACT}/content",
    operation_id="readArtifact",
    summary="Read an artifact through the API",
    response_class=Response,
    responses=problem_responses(*READ, 416) | examples.CONTENT,
)
async def read_artifact(
    request: Request, artifact: ArtifactPath, job: OfJob, services: Annotated[Services, Depends(services_of)]
) -> Response:
    """Return the bytes, or a part of them. Caches ask again, because a new job may have the same name."""
    return await _content(request, services, job, artifact, "private, no-cache")


@router.get(
    f"{ARTIFACT}/{{sha256}}",
    operation_id="readArtifactByChecksum",
    summary="Read an artifact by its checksum",
    response_class=Response,
    responses=problem_responses(*READ, 416) | examples.CONTENT,
)
async def read_artifact_by_checksum(
    request: Request,
    artifact: ArtifactPath,
    sha256: Sha256Path,
    job: OfJob,
    services: Annotated[Services, Depends(services_of)],
) -> Response:
    """Return the bytes, or a part of them. They never change, so caches keep them forever."""
    if job.stored(artifact).sha256 != sha256:
        detail = f"{artifact} of this job has the SHA-256 {job.stored(artifact).sha256}: list the artifacts again."
        raise Problem(404, "ArtifactNotFound", detail)
    scope = "public" if services.settings.public_artifacts else "private"
    return await _content(request, services, job, artifact, f"{scope}, {FOREVER}")


router.head(f"{ARTIFACT}/content", include_in_schema=False)(read_artifact)
router.head(f"{ARTIFACT}/{{sha256}}", include_in_schema=False)(read_artifact_by_checksum)


async def _content(request: Request, services: Services, job: Published, name: str, caching: str) -> Response:
    return await content(
        request,
        services.store,
        job.stored(name),
        media_type=MEDIA_TYPES[name],
        file_name=job.file_name(name),
        caching=caching,
    )
