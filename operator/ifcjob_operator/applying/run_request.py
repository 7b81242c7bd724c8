"""The run request of an attempt: every URL that its pod uses, and no credentials.

Presigned URLs outlive the attempt: they are valid for its start deadline, its active deadline and a margin, but at most
for the seven days that stores allow. An attempt that takes longer from admission to upload fails. Where the operator's
credentials are a session, URLs end with it: the request then names the file in which later ones appear (`renewal`).
"""

from datetime import UTC, datetime, timedelta

from ifcjob.destination import destination_of
from ifcjob.failures import RunFailure
from ifcjob.manifest import RUN_LOG, artifact_names
from ifcjob.quantity import as_bytes
from ifcjob.report import Failure
from ifcjob.request import Limits, Output, ProgressTarget, Renewal, RunRequest, Source
from ifcjob.resource import HttpSource, IfcJob, PvcSource, S3Source
from ifcjob.status import Attempt
from ifcjob_backends.storage.signing.presign import MAX_LIFETIME
from ifcjob_operator.applying.job_manifest import OUTPUT, REQUEST_FILE, SOURCE
from ifcjob_operator.planning.missing_output import no_output
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.stores import Stores

_MARGIN = timedelta(minutes=15)
"""For the pod's last upload and for clock skew."""


async def request_for(
    ifcjob: IfcJob,
    attempt: Attempt,
    stores: Stores,
    web: WebSources,
    progress: ProgressTarget | None,
    certificates: str | None = None,
) -> RunRequest:
    """Return the request, with fresh URLs; RunFailure when the source's server is not allowed or does not answer.

    Once the attempt has started, the server need not answer: the run may have its file, and needs URLs for uploads.

    The pod trusts `certificates`.
    """
    spec = ifcjob.spec
    return RunRequest(
        source=await _source(ifcjob, attempt, stores, web),
        output=_output(ifcjob, attempt.number, stores),
        operations=spec.operations,
        # The runner stops slightly below this, with a report, before the kernel kills it without one.
        limits=Limits(memory_bytes=as_bytes(attempt.memory_limit), deadline_seconds=spec.active_deadline_seconds),
        coverage=spec.coverage,
        progress=progress,
        renewal=_renewal(ifcjob, stores),
        trusted_certificates=certificates,
        ifcjob=f"{ifcjob.metadata.namespace}/{ifcjob.metadata.name}",
        uid=ifcjob.metadata.uid,
        attempt=attempt.number,
    )


def url_lifetime(ifcjob: IfcJob) -> timedelta:
    """Return how long an attempt may need its URLs; signing caps it at seven days."""
    spec = ifcjob.spec
    return timedelta(seconds=spec.start_deadline_seconds + spec.active_deadline_seconds) + _MARGIN


async def _source(ifcjob: IfcJob, attempt: Attempt, stores: Stores, web: WebSources) -> Source:
    spec = ifcjob.spec.source
    match spec.s3 or spec.http or spec.pvc:
        case S3Source() as s3:
            observed = ifcjob.status.input
            version = observed.version_id if observed else None
            uri = stores.of_source(ifcjob, s3).source_uri(s3, version, url_lifetime(ifcjob))
            source = Source(uri=uri, name=_last_part(s3.key), public_uri=s3.uri)
        case HttpSource() as http:
            # Redirects are followed again: the earlier target may have been valid for minutes only.
            place = await web.locate(http)
            if isinstance(place, Failure) and attempt.started_at is not None:
                place = web.as_given(http)
            if isinstance(place, Failure):
                raise RunFailure(place.reason, place.message, hint=place.hint)
            source = Source(uri=place.url, name=place.name, public_uri=place.public_url, follow_redirects=False)
        case PvcSource() as claim:
            public = f"pvc://{claim.claim_name}/{claim.path}"
            source = Source(uri=f"{SOURCE}/{claim.path}", name=_last_part(claim.path), public_uri=public)
        case _:
            raise AssertionError("a source has one of three kinds")
    options = {"sha256": spec.sha256, "max_bytes": spec.max_bytes, "strict_schema": spec.strict_schema}
    return source.model_copy(update=options)


def _output(ifcjob: IfcJob, attempt: int, stores: Stores) -> Output:
    destination = destination_of(ifcjob, attempt, stores.default.output_bucket if stores.default else None)
    if destination is None:
        raise no_output()
    if destination.scheme == "pvc":
        return Output(folder=f"{OUTPUT}/{destination.path}")
    names = (*artifact_names(ifcjob.spec.operations), RUN_LOG)
    return stores.of_artifacts().output(destination.place, destination.path, names, url_lifetime(ifcjob))


def _renewal(ifcjob: IfcJob, stores: Stores) -> Renewal | None:
    """Return where the pod finds later URLs, if those that are signed now end early with a session."""
    source, output = ifcjob.spec.source.s3, ifcjob.spec.output
    used = [stores.of_source(ifcjob, source)] if source is not None else []
    if output is None or output.s3 is not None:
        used.append(stores.of_artifacts())
    longest = min(url_lifetime(ifcjob), MAX_LIFETIME)
    lifetime = min((store.url_lifetime(longest) for store in used), default=longest)
    return Renewal(file=REQUEST_FILE, expires_at=datetime.now(UTC) + lifetime) if lifetime < longest else None


def _last_part(path: str) -> str | None:
    return path.rstrip("/").rpartition("/")[2] or None
