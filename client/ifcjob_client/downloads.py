"""Flows about artifacts: list them, and download them to a folder with their checksums verified."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ifcjob.http.artifacts import ArtifactLink, ArtifactList
from ifcjob_client.flows import Call, Flow, json_of
from ifcjob_client.jobs import DEFAULT_NAMESPACE, job_path
from ifcjob_client.uploads import checksum

DOWNLOAD_SECONDS = 600


class ChecksumDiffers(Exception):
    """A file that was downloaded is not the one that the job has published."""


def listed(job: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[ArtifactList]:
    """Return the artifacts of a job with sizes and checksums."""
    return ArtifactList.model_validate((yield from json_of(Call("GET", f"{job_path(job, namespace)}/artifacts"))))


def link(job: str, name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[ArtifactLink]:
    """Return where to download an artifact."""
    call = Call("GET", f"{job_path(job, namespace)}/artifacts/{quote(name, safe='')}")
    return ArtifactLink.model_validate((yield from json_of(call)))


def download(
    job: str, folder: str | Path, namespace: str = DEFAULT_NAMESPACE, *, names: Sequence[str] = ()
) -> Flow[list[Path]]:
    """Download artifacts, by default all, and return their paths; those that are in the folder already stay."""
    selected = names or [artifact.name for artifact in (yield from listed(job, namespace)).items]
    paths: list[Path] = []
    for name in selected:
        place = yield from link(job, name, namespace)
        path = Path(folder) / place.name
        if not path.is_file() or checksum(path) != place.sha256:
            yield Call("GET", place.url, timeout=DOWNLOAD_SECONDS, save_to=path)
            if checksum(path) != place.sha256:
                path.unlink()
                raise ChecksumDiffers(f"{place.name} arrived damaged: download it again")
        paths.append(path)
    return paths
