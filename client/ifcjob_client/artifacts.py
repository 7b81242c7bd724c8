"""Artifacts of one run: manifest, metadata, tree, tables and GLB, from a folder, a bucket or a server.

>>> house = Artifacts("out/house")
>>> house.properties.to_pandas()
"""

import json
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from minio import Minio

from ifcjob.manifest import MANIFEST, Manifest
from ifcjob.metadata import Metadata
from ifcjob.spatial_tree import SpatialTree
from ifcjob_client.downloads import download
from ifcjob_client.errors import ApiError
from ifcjob_client.jobs import DEFAULT_NAMESPACE
from ifcjob_client.s3 import download_object, s3_client
from ifcjob_client.transport.client import Client


class Artifacts:
    """The files of one run; each is fetched and parsed at its first use."""

    def __init__(self, folder: str | Path, fetch: Callable[[str, Path], None] | None = None) -> None:
        """Read a folder that `ifcjob run` wrote.

        `fetch(name, path)` writes a file that the folder lacks, or raises FileNotFoundError.
        """
        self.folder = Path(folder)
        self._fetch = fetch
        if fetch is None and not (self.folder / MANIFEST).is_file():
            raise FileNotFoundError(f"{self.folder} has no {MANIFEST}: it is not the folder of one finished run")

    @classmethod
    def of_model(cls, path: str | Path, out: str | Path = "ifcjob-out") -> Self:
        """Return the artifacts of `ifcjob run PATH -o OUT`."""
        return cls(Path(out) / Path(path).name.split(".", 1)[0])

    @classmethod
    def of_job(cls, client: Client, job: str, folder: str | Path, namespace: str = DEFAULT_NAMESPACE) -> Self:
        """Return the artifacts of a job; `folder` keeps those that are read."""

        def fetch(name: str, _: Path) -> None:
            try:
                client.run(download(job, folder, namespace, names=[name]))
            except ApiError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise

        return cls(folder, fetch)

    @classmethod
    def of_bucket(cls, uri: str, folder: str | Path, client: Minio | None = None) -> Self:
        """Return the artifacts below `s3://bucket/prefix`, the output of a run or of an IfcJob.

        `folder` keeps those that are read. Without a client, the environment has its settings, as for other S3 tools.
        """
        bucket, _, prefix = uri.removeprefix("s3://").rstrip("/").partition("/")
        store = client or s3_client()

        def fetch(name: str, path: Path) -> None:
            # An IfcJob's manifest is at the top of its prefix and names the folder of the others.
            attempt = "" if name == MANIFEST else made.manifest.folder or ""
            download_object(store, bucket, f"{prefix}/{attempt}{name}".lstrip("/"), path)

        made = cls(folder, fetch)
        return made

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest: input, engines, options, artifacts and coverage."""
        return Manifest.model_validate_json(self.path(MANIFEST).read_bytes())

    @cached_property
    def metadata(self) -> Metadata:
        """The metadata: header, project, units, georeference, counts, findings."""
        return Metadata.model_validate_json(self.path("metadata.json").read_bytes())

    @cached_property
    def tree(self) -> SpatialTree:
        """The spatial tree from project to elements."""
        return SpatialTree.model_validate_json(self.path("spatial-tree.json").read_bytes())

    @cached_property
    def elements(self) -> pa.Table:
        """One row per element."""
        return self.table("elements.parquet")

    @cached_property
    def properties(self) -> pa.Table:
        """One row per value."""
        return self.table("properties.parquet")

    @cached_property
    def relations(self) -> pa.Table:
        """One row per pair of related objects."""
        return self.table("relations.parquet")

    @property
    def glb_path(self) -> Path:
        """Path of model.glb."""
        return self.path("model.glb")

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Return a Parquet artifact, or some of its columns."""
        return pq.read_table(self.path(name), columns=columns)

    def json(self, name: str) -> Any:
        """Return a JSON artifact as plain dicts and lists."""
        return json.loads(self.path(name).read_bytes())

    def path(self, name: str) -> Path:
        """Return the path of an artifact; FileNotFoundError names those that exist."""
        path = self.folder / name
        if not path.is_file() and self._fetch is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._fetch(name, path)
        if not path.is_file():
            names = ", ".join(artifact.name for artifact in self.manifest.artifacts) if name != MANIFEST else "nothing"
            raise FileNotFoundError(f"{self.folder} has no {name}; this run published {names}")
        return path
