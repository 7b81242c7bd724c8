"""Facts about the file and the engines, for the metadata and the manifest."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from ifcjob import __version__

if TYPE_CHECKING:
    from ifcjob_runner.data.document import FileFacts, Finding
    from ifcjob_runner.stages.fetch import Fetched
    from ifcjob_runner.stages.inspect import Inspected

_ENGINES = ("ifcopenshell", "ifclite-geom", "mapbox-earcut", "meshopt", "numpy", "pillow", "pyarrow")


def engine_versions() -> dict[str, str]:
    """Return the version of ifcjob and of every engine that shapes artifacts."""
    installed = _installed()
    return {"ifcjob": __version__, **{name: installed.get(name) or _version(name) for name in _ENGINES}}


def _installed() -> dict[str, str]:
    """Return the version of each installed package, from the names of its folders."""
    versions: dict[str, str] = {}
    for folder in sys.path:
        with suppress(OSError):
            for entry in os.listdir(folder or "."):  # noqa: PTH208 - a name is enough
                if entry.endswith(".dist-info"):
                    name, _, version = entry.removesuffix(".dist-info").partition("-")
                    versions.setdefault(name.lower().replace("_", "-"), version)
    return versions


def _version(name: str) -> str:
    """Return the version of a package that has no folder of its own, such as one in a zip."""
    from importlib.metadata import version  # 20 ms

    return version(name)


def file_facts(fetched: Fetched, inspected: Inspected) -> FileFacts:
    """Return the facts about the file for the data child."""
    facts: FileFacts = {
        "name": fetched.name,
        "bytes": inspected.bytes,
        "sha256": fetched.sha256,
        "schema": inspected.schema,
        "dataSections": inspected.data_sections,
        "schemaIdentifier": inspected.schema_identifier,
        "findings": [cast("Finding", f.model_dump(mode="json", by_alias=True)) for f in inspected.findings],
    }
    if inspected.instances is not None:
        facts["instances"] = inspected.instances
    if inspected.original_ids:
        facts["originalIds"], facts["firstNewId"] = inspected.original_ids, inspected.first_new_id
    if fetched.member is not None:
        facts["archive"] = {"path": str(fetched.archive), "member": fetched.member}
    return facts
