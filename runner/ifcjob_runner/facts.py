"""What the light side of a run already knows about the file and the engines, for the metadata and the manifest."""

from typing import Any

from ifcjob import __version__
from ifcjob_runner.stages.fetch import Fetched
from ifcjob_runner.stages.inspect import Inspected

_ENGINES = ("ifcopenshell", "ifclite-geom", "meshopt", "numpy", "pyarrow")


def engine_versions() -> dict[str, str]:
    """Return the version of ifcjob and of every engine that shapes artifacts."""
    from importlib.metadata import version  # slow to load, and wanted at the end

    return {"ifcjob": __version__, **{name: version(name) for name in _ENGINES}}


def facts_of(fetched: Fetched, inspected: Inspected) -> dict[str, Any]:
    """Return the facts as JSON-able values for the data process."""
    return {
        "name": fetched.name,
        "bytes": inspected.bytes,
        "sha256": fetched.sha256,
        "schema": inspected.schema,
        "dataSections": inspected.data_sections,
        "schemaIdentifier": inspected.schema_identifier,
        "findings": [finding.model_dump(mode="json", by_alias=True) for finding in inspected.findings],
    }
