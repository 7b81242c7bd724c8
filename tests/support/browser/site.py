"""`ifcjob serve` with the built web app, and the models that tests open."""

from __future__ import annotations

import hashlib
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ifcjob.http.job_requests import JobRequest
from ifcjob_client import ApiError, Client, jobs, uploads
from tests.support.browser.rooms import hostile_texts, two_walls, wall_on_terrain
from tests.support.browser.surveyed import surveyed_blue, surveyed_red
from tests.support.corpus import corpus_file
from tests.support.served import HOUSE, Served
from tests.support.textured import textured_panel

if TYPE_CHECKING:
    from pathlib import Path

    from ifcjob.resource import IfcJob

PROCESSING_SECONDS = 120
SMALL = {
    "two_walls": two_walls,
    "wall_on_terrain": wall_on_terrain,
    "hostile_texts": hostile_texts,
    "surveyed_red": surveyed_red,
    "surveyed_blue": surveyed_blue,
    "textured_panel": textured_panel,
}
"""Models that are written when a test asks for them."""


@dataclass(frozen=True)
class Model:
    """A processed model."""

    path: Path
    job: str
    sha256: str
    """Checksum of the IFC file: the model's name in addresses."""

    @property
    def page(self) -> str:
        """Return the path of its page."""
        return f"/models/{self.sha256}"


class Site:
    """One server with its own data folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.served = Served(folder)
        self.url = self.api = ""
        self.client = Client()
        self._models: dict[str, Model] = {}

    def start(self, *options: str) -> str:
        """Start it, and return its address. A second start keeps the data, not the address."""
        self.url = self.served.start(*options)
        self.client, self.api = Client(self.url), f"{self.url}/api/v1"
        return self.url

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        self.client.close()
        if self.served.is_running:
            self.served.stop(how)

    def model(self, name: str = "house") -> Model:
        """Return a processed model: the example house, a small one, or one of the corpus (else the test is skipped)."""
        if name not in self._models:
            self._models[name] = self.process(self._file(name))
        return self._models[name]

    def process(self, path: Path, **request: Any) -> Model:
        """Upload a file, wait until its job has succeeded, and return the model."""
        job = self.client.run(jobs.wait(self.submit(path, **request), seconds=PROCESSING_SECONDS))
        assert job.status.phase == "Succeeded", job.status
        return Model(path, str(job.metadata.name), hashlib.sha256(path.read_bytes()).hexdigest())

    def submit(self, path: Path, **request: Any) -> str:
        """Upload a file, create its job, and return the job's name; `request` has other fields of the request.

        A job of its name, which the test's first run has left, is deleted before.
        """
        if "name" in request:
            with suppress(ApiError):
                self.client.run(jobs.delete(request["name"]))
        fields = JobRequest.model_validate({"source": {"upload": "replaced"}, **request})
        return str(self.client.run(uploads.submit(path, fields)).metadata.name)

    def submit_stored(self, name: str, content: bytes, **request: Any) -> str:
        """Create a job for a file in the bucket, which the API does not check as it checks uploads."""
        self.served.upload(name, content)
        fields = {"source": {"s3Uri": f"s3://uploads/{name}"}, "fileName": name, **request}
        return str(self.client.run(jobs.create(JobRequest.model_validate(fields))).metadata.name)

    def job(self, name: str) -> IfcJob:
        """Return a job."""
        return self.client.run(jobs.get(name))

    def _file(self, name: str) -> Path:
        if name in SMALL:
            return SMALL[name](self.served.folder.parent / f"{name}.ifc")
        return HOUSE if name == "house" else corpus_file(f"{name}.ifc")
