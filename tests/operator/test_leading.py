"""What leading does with single events, without a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import select

from ifcjob.labels import GROUP
from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from ifcjob_catalog.tables import JOB
from ifcjob_operator.health import Health
from ifcjob_operator.history import History
from ifcjob_operator.leading import Leading
from ifcjob_operator.settings import Settings
from tests.catalog.records import a_record, rows
from tests.support.patience import finish

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from ifcjob.resource import IfcJob
    from ifcjob_operator.archive import Artifacts


class Gone:
    """A cluster in which nothing is left."""

    async def ifcjob(self, _: tuple[str, str]) -> None:
        return None


async def no_artifacts(_: IfcJob) -> Artifacts:
    return None, None


def an_item(version: int) -> dict[str, Any]:
    """Make an IfcJob as a watch delivers it."""
    made = a_record("u1").ifcjob.model_dump(mode="json", by_alias=True, exclude_none=True)
    made["apiVersion"] = f"{GROUP}/v1alpha1"
    made["metadata"] |= {"resourceVersion": str(version)}
    return made


def test_a_deletion_that_a_reconciliation_finds_first_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IFCJOB_RUNNER_IMAGE", "registry.example.com/ifcjob/runner:0.2.0")
    url = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(url)
    catalog, cluster = Catalog.open(url), cast("Any", Gone())

    async def main() -> None:
        history = History(catalog, cluster, no_artifacts)
        leading = Leading(Settings(), cluster, cast("Any", None), cast("Any", None), history, Health())
        leading.handle("ifcjobs", "ADDED", an_item(7))
        (entry,) = leading.store
        await leading._reconciler._refresh(entry)
        assert len(leading.store) == 0
        leading.handle("ifcjobs", "DELETED", an_item(9))
        await history.flush()

    try:
        finish(main())
    finally:
        catalog.close()
    ((version, deleted_at),) = rows(url, select(JOB.c.resource_version, JOB.c.deleted_at))
    assert version == 9
    assert deleted_at is not None
