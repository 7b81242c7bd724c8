"""The operations of a request as the child processes know them: plain attributes, since pydantic is slow to load.

The contract's types have checked the values before; a test keeps the attributes equal to their fields.
"""

from __future__ import annotations  # evaluating the types would cost a millisecond of every start

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal


class _Options:
    """Takes its attributes from a contract type's `model_dump(mode="json")`."""

    def __init__(self, values: Mapping[str, object]) -> None:
        for name in type(self).__annotations__:
            setattr(self, name, values[name])


class PropertiesOptions(_Options):
    """As ifcjob.options.PropertiesOptions."""

    formats: list[Literal["csv", "xlsx", "ndjson", "sqlite", "duckdb"]]


class GltfOptions(_Options):
    """As ifcjob.options.GltfOptions."""

    include_classes: list[str]
    exclude_classes: list[str]
    include_global_ids: list[str]
    exclude_global_ids: list[str]
    storeys: list[str]
    spaces: Literal["hide", "show"]
    contexts: list[str]
    linear_deflection: float | None
    angular_deflection: float | None
    normals: Literal["none", "flat", "smooth"]
    origin: Literal["auto", "none", "explicit"]
    origin_offset: list[float] | None
    compression: Literal["none", "quantize", "meshopt"]
    names: Literal["globalId", "name"]
    extras: Literal["ids", "properties"]
    element_deadline_seconds: float


class Operations:
    """The operations that were requested; metadata and spatial_tree have no options yet."""

    def __init__(self, values: Mapping[str, Mapping[str, object] | None]) -> None:
        properties, gltf = values["properties"], values["gltf"]
        self.metadata = values["metadata"] is not None
        self.spatial_tree = values["spatial_tree"] is not None
        self.properties = None if properties is None else PropertiesOptions(properties)
        self.gltf = None if gltf is None else GltfOptions(gltf)
