"""The four operations of a run, with their options."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import rule, rules

Coordinate = Annotated[float, Field(allow_inf_nan=False)]
Vector = tuple[Coordinate, Coordinate, Coordinate]
ClassName = Annotated[str, Field(max_length=64)]
GlobalId = Annotated[str, Field(max_length=64)]
Name = Annotated[str, Field(max_length=255)]
"""Name of a storey or a geometric context."""

PropertiesFormat = Literal["csv", "xlsx", "ndjson", "sqlite", "duckdb"]

OPERATION_NAMES = ("metadata", "spatial-tree", "properties", "gltf")


NO_DUCKDB = rule(
    "!has(self.properties) || !has(self.properties.formats) || !('duckdb' in self.properties.formats)",
    "the runner image has no DuckDB: choose sqlite, or read the Parquet files with DuckDB",
    path=".properties.formats",
)
"""For `operations` of an IfcJob."""


class MetadataOptions(ContractType):
    """Options of the `metadata` operation; there are none yet."""


class SpatialTreeOptions(ContractType):
    """Options of the `spatialTree` operation; there are none yet."""


class PropertiesOptions(ContractType):
    """Options of the `properties` operation."""

    formats: list[PropertiesFormat] = Field(default_factory=list, max_length=5)
    """Additional files beside the Parquet files: `csv` (elements and properties), `xlsx` and `ndjson` (properties),
    `sqlite` and `duckdb` (everything in one database; `duckdb` not on a cluster)."""


_ORIGIN_AND_OFFSET = rule(
    "(self.origin == 'explicit') == has(self.originOffset)",
    "originOffset and origin explicit belong together: set both or neither",
    path=".originOffset",
)


class GltfOptions(ContractType):
    """Options of the `gltf` operation: content and encoding of model.glb."""

    model_config = ConfigDict(json_schema_extra=rules(_ORIGIN_AND_OFFSET))

    include_classes: list[ClassName] = Field(default_factory=list, max_length=200)
    """Keep only elements of these IFC classes and their subclasses. Empty means all."""
    exclude_classes: list[ClassName] = Field(default_factory=list, max_length=200)
    """Leave out elements of these IFC classes and their subclasses."""
    include_global_ids: list[GlobalId] = Field(default_factory=list, max_length=10_000)
    """Keep only these elements, by GlobalId. Empty means all. A GlobalId that the file lacks is refused."""
    exclude_global_ids: list[GlobalId] = Field(default_factory=list, max_length=10_000)
    """Leave out these elements, by GlobalId. A GlobalId that the file lacks is refused."""
    storeys: list[Name] = Field(default_factory=list, max_length=1_000)
    """Keep only elements of these storeys, by name or GlobalId. Empty means all."""
    spaces: Literal["hide", "show"] = "hide"
    """Whether the GLB contains spaces: IfcSpace, IfcSpatialZone and external spatial elements. It never contains
    openings."""
    contexts: list[Name] = Field(default_factory=list, max_length=20)
    """Use only bodies of these geometric contexts, by ContextIdentifier or ContextType, such as `Body`. Empty: all."""
    linear_deflection: Annotated[float, Field(ge=0.0001, le=1.0)] | None = None
    """Maximum distance between a curve and its segments, in metres. Default: chosen by the engine for web viewers."""
    angular_deflection: Annotated[float, Field(ge=0.01, le=2.0)] | None = None
    """Maximum angle between neighbouring segments, in radians. Default: chosen by the engine."""
    normals: Literal["none", "flat", "smooth"] = "none"
    """Vertex normals: `none` (smallest file; viewers then shade flat), `flat`, or `smooth` (sharp edges stay)."""
    origin: Literal["auto", "none", "explicit"] = "auto"
    """Origin shift: `auto` shifts models that are far from the origin, `none` never shifts, `explicit` shifts by
    `originOffset`."""
    origin_offset: Vector | None = None
    """The point, in metres in IFC axes (Z up), that becomes the GLB's origin; only with `origin: explicit`."""
    compression: Literal["none", "quantize", "meshopt"] = "none"
    """`quantize`: KHR_mesh_quantization, 16-bit positions, off by at most 0.05 mm in shapes up to 6.5 m and 1 mm up to
    131 m; longer ones stay exact. `meshopt`: that and EXT_meshopt_compression."""
    names: Literal["globalId", "name"] = "globalId"
    """Name of a node: the GlobalId or the Name of its element."""
    extras: Literal["ids", "properties"] = "ids"
    """Extras of a node: globalId, class and name (`ids`), or these and all properties (`properties`)."""
    element_deadline_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 30.0
    """Time limit per element; an element that exceeds it is skipped and listed in the coverage."""

    @model_validator(mode="after")
    def _origin_and_offset_belong_together(self) -> "GltfOptions":
        if (self.origin == "explicit") != (self.origin_offset is not None):
            message = "originOffset and origin 'explicit' belong together: set both or neither"
            raise ValueError(message)
        return self


class Operations(ContractType):
    """The operations to run; without any, all four run with their defaults."""

    metadata: MetadataOptions | None = None
    """Write metadata.json."""
    spatial_tree: SpatialTreeOptions | None = None
    """Write spatial-tree.json."""
    properties: PropertiesOptions | None = None
    """Write elements.parquet, properties.parquet and relations.parquet."""
    gltf: GltfOptions | None = None
    """Write model.glb."""

    def or_all(self) -> "Operations":
        """Return these operations, or all four with their defaults if none is set."""
        if self.model_fields_set & {"metadata", "spatial_tree", "properties", "gltf"}:
            return self
        return Operations(
            metadata=MetadataOptions(),
            spatial_tree=SpatialTreeOptions(),
            properties=PropertiesOptions(),
            gltf=GltfOptions(),
        )
