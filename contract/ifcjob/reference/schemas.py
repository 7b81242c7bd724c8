"""JSON Schemas of the documents that processes exchange, one file each."""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from ifcjob.manifest import Manifest
from ifcjob.metadata import Metadata
from ifcjob.report import RunReport
from ifcjob.request import RunRequest
from ifcjob.spatial_tree import SpatialTree

DOCUMENTS: dict[str, type[BaseModel]] = {
    "run-request": RunRequest,
    "run-report": RunReport,
    "manifest": Manifest,
    "metadata": Metadata,
    "spatial-tree": SpatialTree,
}
"""All documents with a schema, by the schema's file name."""


class _PlainSchema(GenerateJsonSchema):
    """Omit field titles: they repeat the field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Omit the title of a field."""
        del schema
        return False


def json_schema(document: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema for reading a document: fields with a default may be missing."""
    schema = document.model_json_schema(by_alias=True, mode="validation", schema_generator=_PlainSchema)
    return {"$schema": GenerateJsonSchema.schema_dialect, **_without_extensions(schema)}


def _without_extensions(schema: Any) -> Any:
    """Remove keywords that only the API server understands."""
    if isinstance(schema, list):
        return [_without_extensions(part) for part in schema]
    if isinstance(schema, dict):
        return {name: _without_extensions(part) for name, part in schema.items() if not name.startswith("x-")}
    return schema


def schema_files() -> dict[str, str]:
    """Return the text of each schema by its path below docs/reference."""
    return {
        f"schemas/{name}.schema.json": json.dumps(json_schema(document), indent=2, ensure_ascii=False) + "\n"
        for name, document in DOCUMENTS.items()
    }
