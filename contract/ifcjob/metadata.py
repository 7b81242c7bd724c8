"""metadata.json: header, project, units, georeference, counts and findings of a file."""

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.manifest import Finding

Vector = tuple[float, float, float]


class Application(ContractType):
    """An IfcApplication, word for word."""

    name: str | None = None
    """ApplicationFullName."""
    version: str | None = None
    """Version."""
    identifier: str | None = None
    """ApplicationIdentifier."""
    developer: str | None = None
    """Name of the ApplicationDeveloper."""


class FileFacts(ContractType):
    """The file and its header."""

    name: str
    """File name."""
    bytes: int
    """Size as fetched."""
    sha256: str
    """SHA-256 of the bytes as fetched."""
    schema_name: str = Field(alias="schema")
    """Schema family: `IFC2X3`, `IFC4` or `IFC4X3`."""
    schema_identifier: str
    """Schema identifier in the header, such as `IFC4X3_ADD2`."""
    description: list[str] = Field(default_factory=list)
    """All lines of FILE_DESCRIPTION."""
    view_definitions: list[str] = Field(default_factory=list)
    """Model view definitions in FILE_DESCRIPTION, such as `CoordinationView_V2.0`."""
    timestamp: str | None = None
    """Time stamp of the header (ISO 8601)."""
    author: list[str] = Field(default_factory=list)
    """Authors."""
    organization: list[str] = Field(default_factory=list)
    """Organizations."""
    preprocessor: str | None = None
    """The software that wrote the file."""
    originating_system: str | None = None
    """The software that created the content."""
    application: str | None = None
    """Short name of the authoring application, such as `Revit 2021`; spelled the same for all versions of a product."""
    applications: list[Application] = Field(default_factory=list)
    """Every distinct IfcApplication as the file writes it, in the order of the file; the first is not always the
    authoring application."""


class Project(ContractType):
    """The first IfcProject."""

    global_id: str
    """Its GlobalId."""
    step_id: int
    """Its STEP id."""
    name: str | None = None
    """Name."""
    long_name: str | None = None
    """LongName."""
    description: str | None = None
    """Description."""
    phase: str | None = None
    """Phase."""


class Unit(ContractType):
    """One unit of the project."""

    type: str
    """The kind of unit, such as `LENGTHUNIT` or `MASSDENSITYUNIT`; `MONETARYUNIT` for the currency."""
    name: str | None = None
    """Its name, such as `MILLIMETRE`, `FOOT` or `EUR`."""
    symbol: str | None = None
    """Its symbol, such as `mm`, `ft` or `kg/m³`, as in the `unit` column of the properties."""
    scale: float | None = None
    """SI value of one unit (metre, square metre, kilogram, radian …); null for currencies and unknown units."""
    offset: float | None = None
    """Added before scaling, for units such as degrees Fahrenheit."""


class Units(ContractType):
    """The project's units. Property values are in these units; ifcjob writes everything else in metres."""

    length_scale: float
    """Metres per length unit of the file."""
    plane_angle_scale: float
    """Radians per angle unit of the file."""
    assigned: list[Unit] = Field(default_factory=list)
    """All units that the project assigns, in the order of the file."""


class Crs(ContractType):
    """The coordinate reference system of the map."""

    name: str | None = None
    """Its name, such as `EPSG:25832`."""
    description: str | None = None
    """Description."""
    geodetic_datum: str | None = None
    """Geodetic datum, such as `ETRS89`."""
    vertical_datum: str | None = None
    """Vertical datum, such as `DHHN2016`."""
    map_projection: str | None = None
    """Map projection, such as `UTM`."""
    map_zone: str | None = None
    """Zone of the projection, such as `32N`."""
    map_unit: str | None = None
    """Symbol of the map's length unit; if unset, the project's unit."""


class MapConversion(ContractType):
    """Transformation from the model's axes to the map: rotation, scale, translation."""

    source: str
    """`IfcMapConversion`, `IfcMapConversionScaled`, `IfcRigidOperation`, or `ePSet_MapConversion` (IFC2X3)."""
    eastings: float
    """Easting of the model's origin, in map units."""
    northings: float
    """Northing of the model's origin, in map units."""
    orthogonal_height: float
    """Height of the model's origin, in map units."""
    x_axis_abscissa: float | None = None
    """Easting component of the model's X axis."""
    x_axis_ordinate: float | None = None
    """Northing component of the model's X axis."""
    rotation: float
    """Degrees, anticlockwise, from east to the model's X axis."""
    scale: float
    """Map units per length unit of the file."""
    factors: Vector | None = None
    """Additional scale per axis (IfcMapConversionScaled)."""


class TrueNorth(ContractType):
    """True north."""

    vector: tuple[float, float]
    """Direction of north in the model's XY plane, of unit length."""
    degrees: float
    """Degrees, anticlockwise, from the model's Y axis to north; between -180 and 180."""


class SiteLocation(ContractType):
    """Latitude and longitude of the first IfcSite that has them."""

    latitude: float
    """Degrees north (WGS 84)."""
    longitude: float
    """Degrees east (WGS 84)."""
    elevation: float | None = None
    """Metres above the datum."""


class Georeference(ContractType):
    """Location of the model on earth, in all forms that the file contains."""

    crs: Crs | None = None
    """The map's coordinate reference system."""
    epsg: int | None = None
    """The EPSG code in the name of the coordinate reference system."""
    map_conversion: MapConversion | None = None
    """Transformation from model to map."""
    true_north: TrueNorth | None = None
    """True north."""
    site: SiteLocation | None = None
    """Location of the site."""


class Counts(ContractType):
    """Counts of instances in the file."""

    entities: int
    """Instances in the file."""
    products: int
    """Instances of IfcProduct: the rows of elements.parquet, with spaces, storeys, openings, annotations and ports."""
    elements: int
    """Physical elements: instances of IfcElement without openings (IfcFeatureElementSubtraction), as `elements` in the
    run's summary."""
    by_class: dict[str, int]
    """Number of products per exact class, sorted by name."""


class BoundingBox(ContractType):
    """The box around all geometry, in metres, in the model's axes (Z up)."""

    min: Vector
    """Smallest X, Y, Z."""
    max: Vector
    """Largest X, Y, Z."""


class ExternalResource(ContractType):
    """A document or library outside the file, or a reference into one; relations.parquet has the objects with it."""

    step_id: int
    """Its STEP id: `relating_step_id` in relations.parquet."""
    ifc_class: str = Field(alias="class")
    """Its IFC class, such as `IfcDocumentReference`."""
    identification: str | None = None
    """Its identification in its system."""
    name: str | None = None
    """Its name, or that of the document or library to which it refers."""
    uri: str | None = None
    """Its location (Location), or that of the document or library to which it refers."""


class Metadata(ContractType):
    """metadata.json."""

    file: FileFacts
    """The file and its header."""
    project: Project | None = None
    """The first IfcProject."""
    units: Units
    """The project's units."""
    georeference: Georeference
    """Location of the model on earth."""
    counts: Counts
    """Counts of instances in the file."""
    bounding_box: BoundingBox | None = None
    """The box around all geometry; null without geometry."""
    documents: list[ExternalResource] = Field(default_factory=list)
    """All documents and document references, sorted by STEP id."""
    libraries: list[ExternalResource] = Field(default_factory=list)
    """All libraries and library references, sorted by STEP id."""
    findings: list[Finding] = Field(default_factory=list)
    """Problems in the IFC file."""
