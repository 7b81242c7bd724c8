"""Uploads on one machine are deleted when no job uses them any more, and never before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_cli.serve import old_uploads
from ifcjob_cli.serve.machine import LocalCluster
from ifcjob_cli.serve.old_uploads import KEEP, OldUploads
from tests.support.async_tests import finish
from tests.support.served import IFCJOBS, ifcjob

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ifcjob_api.uploads.session import Session

DAY = timedelta(days=1)


class Place:
    """The objects, jobs and uploads of one folder, 31 days later."""

    def __init__(self, folder: Path) -> None:
        self.objects = FolderObjects(folder)
        self.cluster = LocalCluster(folder / "state.db", folder / "logs")
        services = Services(ApiSettings(upload_bucket="uploads"), self.cluster, self.objects, cast("Any", None))
        self.uploads = services.uploads
        self.old = OldUploads(self.cluster, self.uploads, self.objects.objects / "uploads")
        self.now = datetime.now(UTC) + KEEP + DAY

    async def upload(self, state: Any = "Complete") -> Session:
        """Store a file."""
        session = await self.uploads.create("default", "house.ifc", 5, None, "ann")
        session.state = state
        await self.uploads.save(session)
        await self.objects.put("uploads", session.key, b"house", "application/octet-stream")
        return session

    async def job(self, session: Session, **status: Any) -> None:
        """Create a job that names the file."""
        name = f"job-{session.id[:8]}"
        await self.cluster.ask("POST", IFCJOBS, ifcjob(name, session.key))
        await self.cluster.ask("PATCH", f"{IFCJOBS}/{name}/status", {"status": status})

    async def has(self, session: Session) -> bool:
        """Return whether the file and its session are there."""
        keys = (session.key, session.key.replace("source.ifc", "upload.json"))
        facts = {await self.objects.facts("uploads", key) is not None for key in keys}
        assert len(facts) == 1, "both or none"
        return facts.pop()

    def count_listings(self, monkeypatch: pytest.MonkeyPatch, fails_at: int = 0) -> list[str]:
        """Return a list that gets an item for each listing from now on; one of them may fail."""
        listings, pages = [], self.cluster.pages

        async def counted(path: str, **query: str) -> AsyncIterator[Any]:
            listings.append(path)
            if len(listings) == fails_at:
                raise OSError("no disk")
            async for item in pages(path, **query):
                yield item

        monkeypatch.setattr(self.cluster, "pages", counted)
        return listings


@pytest.mark.parametrize(
    ("status", "stays"),
    [
        (None, False),
        ({"phase": "Queued"}, True),
        ({"phase": "Running"}, True),
        ({"phase": "Failed", "finishedAt": -1}, True),
        ({"phase": "Failed", "finishedAt": KEEP.days + 1}, False),
    ],
    ids=["no job", "queued", "running", "ended yesterday", "ended long ago"],
)
def test_an_old_upload_is_deleted_unless_a_job_uses_it(tmp_path: Path, status: Any, *, stays: bool) -> None:
    async def use() -> None:
        place = Place(tmp_path)
        async with place.cluster:
            session = await place.upload()
            if status is not None:
                if "finishedAt" in status:
                    days = abs(status["finishedAt"])
                    status["finishedAt"] = (place.now - days * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
                await place.job(session, **status)
            assert await place.old.delete(datetime.now(UTC)) == 0
            assert await place.has(session), "it is not old"
            assert await place.old.delete(place.now) == (not stays)
            assert await place.has(session) == stays

    finish(use())


def test_an_unfinished_upload_is_left_to_its_own_time(tmp_path: Path) -> None:
    async def use() -> None:
        place = Place(tmp_path)
        async with place.cluster:
            session = await place.upload("Open")
            assert await place.old.delete(place.now) == 0
            assert await place.has(session)

    finish(use())


def test_a_job_that_is_created_meanwhile_keeps_its_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        place = Place(tmp_path)
        async with place.cluster:
            session = await place.upload()
            delete = place.objects.delete

            async def slow(bucket: str, key: str) -> None:
                await delete(bucket, key)
                if key.endswith("upload.json"):
                    await place.job(session, phase="Queued")

            monkeypatch.setattr(place.objects, "delete", slow)
            assert await place.old.delete(place.now) == 0
            assert await place.has(session)

    finish(use())


def test_uploads_are_deleted_after_two_listings_of_the_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_uploads, "MAX_DELETED", 3)

    async def use() -> None:
        place = Place(tmp_path)
        async with place.cluster:
            sessions = [await place.upload() for _ in range(5)]
            listings = place.count_listings(monkeypatch)
            assert await place.old.delete(place.now) == 3
            assert len(listings) == 2
            assert await place.old.delete(place.now) == 2
            assert not any([await place.has(session) for session in sessions])

    finish(use())


def test_uploads_stay_when_the_second_listing_of_the_jobs_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> None:
        place = Place(tmp_path)
        async with place.cluster:
            sessions = [await place.upload() for _ in range(2)]
            place.count_listings(monkeypatch, fails_at=2)
            with pytest.raises(OSError, match="no disk"):
                await place.old.delete(place.now)
            assert all([await place.has(session) for session in sessions])

    finish(use())


@pytest.mark.parametrize("is_used", [False, True], ids=["no job", "queued"])
def test_a_file_whose_session_a_killed_process_has_deleted_is_deleted(tmp_path: Path, *, is_used: bool) -> None:
    async def use() -> None:
        place = Place(tmp_path)
        async with place.cluster:
            session = await place.upload()
            if is_used:
                await place.job(session, phase="Queued")
            await place.objects.delete("uploads", session.key.replace("source.ifc", "upload.json"))
            assert await place.old.delete(datetime.now(UTC)) == 0
            assert await place.old.delete(place.now) == (not is_used)
            assert (await place.objects.facts("uploads", session.key) is not None) == is_used

    finish(use())
