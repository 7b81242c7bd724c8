"""metadata.json: its content, and every problem that it reports."""

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import ifcopenshell
import ifcopenshell.util.geolocation
import ifcopenshell.util.unit
import orjson
import pytest

from ifcjob.metadata import Metadata
from ifcjob_runner.data.metadata.application import application_of
from ifcjob_runner.data.metadata.georeference import epsg_of
from ifcjob_runner.data.model import Model
from ifcjob_runner.stages.metadata import metadata
from tests.runner.step_files import PROJECT, guid, small_model
from tests.support.corpus import corpus_file

if TYPE_CHECKING:
    from ifcjob_runner.data.document import FileFacts

FACTS: dict[str, Any] = {
    "name": "small.ifc",
    "bytes": 7,
    "sha256": "0" * 64,
    "schemaIdentifier": "IFC4",
    "findings": [],
}
UNITS = "#1=IFCPROJECT(GUID,'P',$,$,$,$,$,#2)\n#2=IFCUNITASSIGNMENT((#3))\n#3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)\n"
MODELS = {
    "duplex_arch.ifc": "Revit 2011",
    "ac20_fzk.ifc": "Archicad 20",
    "acad2010.ifc": "AutoCAD Architecture 2010",
    "houten_kozijnen.ifc": "Archicad 18",
    "mini_project.ifc": "Tekla Structures 2019i",
    "largebuilding.ifc": "Revit 2021",
    "infra_bridge.ifc": "SketchUp 2024",
    "openhouse.ifc": "IfcOpenShell 0.5",
    "hvac.ifc": "SketchUp 2024",
    "grf005.ifc": "redacted",
}


def document_of(folder: Path, lines: str, schema: str = "IFC4", **facts: Any) -> dict[str, Any]:
    return document_with(small_model(folder, lines, schema), schemaIdentifier=schema, **facts)


def document_with(model: Model, **facts: Any) -> dict[str, Any]:
    """Return the document of a model as the JSON that it is; it must have the keys of the contract."""
    document: Any = metadata(model, cast("FileFacts", FACTS | facts))
    assert_documented(document)
    return document


def assert_documented(document: dict[str, Any]) -> None:
    """Fail on any key the contract does not know, or any it misses."""
    written = orjson.loads(orjson.dumps(document))
    assert Metadata.model_validate(written).model_dump(mode="json", by_alias=True) == written


def findings_of(document: dict[str, Any]) -> dict[str, tuple[int, list[str]]]:
    return {f["code"]: (f["count"], f["globalIds"]) for f in document["findings"]}


@pytest.mark.parametrize("name", MODELS)
def test_real_models_equal_the_reference(name: str) -> None:
    path = corpus_file(name)
    document = document_with(Model(ifcopenshell.open(str(path), lazy=True)), name=name)
    file = ifcopenshell.open(str(path))
    assert document["file"]["application"] == MODELS[name]
    assert document["counts"]["entities"] == len(list(file))
    assert document["counts"]["byClass"] == dict(sorted(Counter(p.is_a() for p in file.by_type("IfcProduct")).items()))
    openings = len(file.by_type("IfcFeatureElementSubtraction"))
    assert document["counts"]["elements"] == len(file.by_type("IfcElement")) - openings
    assert document["units"]["lengthScale"] == pytest.approx(ifcopenshell.util.unit.calculate_unit_scale(file))
    for unit in document["units"]["assigned"]:
        if unit["type"] in ("AREAUNIT", "VOLUMEUNIT", "PLANEANGLEUNIT", "TIMEUNIT"):
            assert unit["scale"] == pytest.approx(ifcopenshell.util.unit.calculate_unit_scale(file, unit["type"]))
    north = document["georeference"]["trueNorth"]
    assert (north["degrees"] if north else 0) == pytest.approx(ifcopenshell.util.geolocation.get_true_north(file))
    for site in file.by_type("IfcSite")[:1]:
        if site.RefLatitude and site.RefLongitude:
            latitude = ifcopenshell.util.geolocation.dms2dd(*site.RefLatitude)
            assert document["georeference"]["site"]["latitude"] == pytest.approx(latitude)


def test_header_project_and_units_are_read(tmp_path: Path) -> None:
    document = document_of(tmp_path, PROJECT)
    assert document["file"] == {
        "name": "small.ifc",
        "bytes": 7,
        "sha256": "0" * 64,
        "schema": "IFC4",
        "schemaIdentifier": "IFC4",
        "description": ["ViewDefinition [DesignTransferView_V1.0, Other]"],
        "viewDefinitions": ["DesignTransferView_V1.0", "Other"],
        "timestamp": "2024-05-06T07:08:09",
        "author": ["Ada"],
        "organization": ["Org"],
        "preprocessor": "EDM 5",
        "originatingSystem": "Autodesk Revit 2021 (ENU)",
        "application": "Revit 2021",
        "applications": [],
    }
    assert document["project"]["globalId"] == guid(1)
    assert document["units"]["lengthScale"] == 0.001
    assert document["units"]["planeAngleScale"] == pytest.approx(math.radians(1))
    units = {u["type"]: (u["name"], u["symbol"], u["scale"]) for u in document["units"]["assigned"]}
    assert units == {
        "LENGTHUNIT": ("MILLIMETRE", "mm", 0.001),
        "AREAUNIT": ("SQUARE_METRE", "m²", 1.0),
        "PLANEANGLEUNIT": ("DEGREE", "°", pytest.approx(math.radians(1))),
        "MONETARYUNIT": ("EUR", "EUR", None),
        "THERMALTRANSMITTANCEUNIT": ("W/(m²·K)", "W/(m²·K)", 1.0),
    }
    assert document["boundingBox"] is None
    assert document["counts"]["byClass"] == {"IfcBuilding": 1, "IfcBuildingStorey": 1}
    assert findings_of(document) == {}


def test_prefixes_are_raised_with_the_unit_and_mass_is_in_kilograms(tmp_path: Path) -> None:
    lines = """
    #1=IFCPROJECT(GUID,'P',$,$,$,$,$,#2)
    #2=IFCUNITASSIGNMENT((#3,#4,#5,#6,#7))
    #3=IFCSIUNIT(*,.LENGTHUNIT.,.DECI.,.METRE.)
    #4=IFCSIUNIT(*,.VOLUMEUNIT.,.DECI.,.CUBIC_METRE.)
    #5=IFCSIUNIT(*,.MASSUNIT.,.KILO.,.GRAM.)
    #6=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.DEGREE_CELSIUS.)
    #7=IFCDERIVEDUNIT((#8,#9),.MASSDENSITYUNIT.,$)
    #8=IFCDERIVEDUNITELEMENT(#5,1)
    #9=IFCDERIVEDUNITELEMENT(#3,-3)
    """
    units = document_of(tmp_path, lines)["units"]["assigned"]
    assert [u["scale"] for u in units] == pytest.approx([0.1, 0.001, 1.0, 1.0, 1000.0])
    assert [u["symbol"] for u in units] == ["dm", "dm³", "kg", "°C", "kg/dm³"]
    assert units[3]["offset"] == 273.15


def test_georeference_of_ifc4(tmp_path: Path) -> None:
    place = document_of(
        tmp_path,
        UNITS
        + """
        #10=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,0.01,$,#11)
        #11=IFCDIRECTION((-0.5,0.5))
        #12=IFCPROJECTEDCRS('EPSG:25832','UTM 32','ETRS89','DHHN2016','UTM','32N',#3)
        #13=IFCMAPCONVERSION(#10,#12,500000.,5700000.,12.,0.,1.,0.5)
        #14=IFCSITE(GUID,'Site',$,$,$,$,$,.ELEMENT.,(-33,-51,-30,-500000),(151,12,36),5.,$,$)
        """,
    )["georeference"]
    assert (place["epsg"], place["crs"]["mapUnit"], place["crs"]["mapZone"]) == (25832, "m", "32N")
    conversion = place["mapConversion"]
    assert (conversion["eastings"], conversion["northings"], conversion["orthogonalHeight"]) == (
        500000.0,
        5700000.0,
        12.0,
    )
    assert (conversion["rotation"], conversion["scale"], conversion["source"]) == (90.0, 0.5, "IfcMapConversion")
    assert place["trueNorth"]["degrees"] == pytest.approx(45)
    assert place["site"]["latitude"] == pytest.approx(-(33 + 51 / 60 + 30.5 / 3600))
    assert (place["site"]["longitude"], place["site"]["elevation"]) == (pytest.approx(151.21), 5.0)


def test_georeference_of_ifc2x3(tmp_path: Path) -> None:
    place = document_of(
        tmp_path,
        UNITS
        + """
        #10=IFCPROPERTYSET(GUID,'ePset_MapConversion',$,(#11,#12,#13))
        #11=IFCPROPERTYSINGLEVALUE('Eastings',$,IFCLENGTHMEASURE(100.),$)
        #12=IFCPROPERTYSINGLEVALUE('Northings',$,IFCLENGTHMEASURE(200.),$)
        #13=IFCPROPERTYSINGLEVALUE('OrthogonalHeight',$,IFCLENGTHMEASURE(3.),$)
        #14=IFCPROPERTYSET(GUID,'ePSet_ProjectedCRS',$,(#15))
        #15=IFCPROPERTYSINGLEVALUE('Name',$,IFCLABEL('EPSG:28992'),$)
        """,
        "IFC2X3",
    )["georeference"]
    assert (place["epsg"], place["crs"]["name"]) == (28992, "EPSG:28992")
    assert place["mapConversion"]["source"] == "ePSet_MapConversion"
    assert (place["mapConversion"]["eastings"], place["mapConversion"]["northings"]) == (100.0, 200.0)


@pytest.mark.parametrize(
    ("name", "code"),
    [("EPSG:25832", 25832), ("epsg 4326", 4326), ("31370", 31370), ("ETRS89 / UTM 32N", None), (None, None)],
)
def test_epsg_codes_are_read_from_names(name: str | None, code: int | None) -> None:
    assert epsg_of(name) == code


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Autodesk Revit 2021 (ENU) 2021", "Revit"], "Revit 2021"),
        (["ARCHICAD-64 20.0.0"], "Archicad 20"),
        (["Tekla Structures 2019i Service Pack 6"], "Tekla Structures 2019i"),
        (["Some new tool 3.1"], "Some new tool 3.1"),
        (["", None], None),
    ],
)
def test_names_of_applications_are_normalised(texts: list[str | None], expected: str | None) -> None:
    assert application_of(*texts) == expected


DOCUMENTS = {
    "IFC2X3": """
    #32=IFCDOCUMENTREFERENCE('a.pdf','D-1','Test')
    #33=IFCDOCUMENTINFORMATION('D','Report',$,(#32),$,$,$,$,$,$,$,$,$,$,$,$,$)
    #34=IFCLIBRARYINFORMATION('Lib','1',$,$,(#35))
    #35=IFCLIBRARYREFERENCE('https://example.com','L-1',$)
    """,
    "IFC4": """
    #32=IFCDOCUMENTREFERENCE($,'D-1','Test',$,#33)
    #33=IFCDOCUMENTINFORMATION('D','Report',$,'a.pdf',$,$,$,$,$,$,$,$,$,$,$,$,$)
    #34=IFCLIBRARYINFORMATION('Lib','1',$,$,'https://example.com',$)
    #35=IFCLIBRARYREFERENCE($,'L-1',$,$,$,#34)
    """,
}


@pytest.mark.parametrize("schema", DOCUMENTS)
def test_documents_and_libraries_are_listed_with_name_and_uri(schema: str, tmp_path: Path) -> None:
    document = document_of(tmp_path, UNITS + DOCUMENTS[schema], schema)
    columns = ("stepId", "class", "identification", "name", "uri")
    assert [tuple(d[c] for c in columns) for d in document["documents"]] == [
        (32, "IfcDocumentReference", "D-1", "Test", "a.pdf"),
        (33, "IfcDocumentInformation", "D", "Report", "a.pdf"),
    ]
    assert [tuple(d[c] for c in columns) for d in document["libraries"]] == [
        (34, "IfcLibraryInformation", None, "Lib", "https://example.com"),
        (35, "IfcLibraryReference", "L-1", "Lib" if schema == "IFC4" else None, "https://example.com"),
    ]


def test_applications_are_listed_as_the_file_writes_them(tmp_path: Path) -> None:
    lines = """
    #30=IFCORGANIZATION($,'Autodesk, Inc.',$,$,$)
    #31=IFCAPPLICATION(#30,'20.0.0 (build 4009)','ARCHICAD-64','IFC add-on')
    #32=IFCAPPLICATION(#30,' 2019i  Service Pack 6 ','Tekla Structures','')
    #33=IFCAPPLICATION(#30,'20.0.0 (build 4009)','ARCHICAD-64','IFC add-on')
    #34=IFCAPPLICATION($,$,$,$)
    """
    keys = ("name", "version", "identifier", "developer")
    applications = document_of(tmp_path, UNITS + lines)["file"]["applications"]
    assert [tuple(a[k] for k in keys) for a in applications] == [
        ("ARCHICAD-64", "20.0.0 (build 4009)", "IFC add-on", "Autodesk, Inc."),
        ("Tekla Structures", " 2019i  Service Pack 6 ", "", "Autodesk, Inc."),
        (None, None, None, None),
    ]


def test_repeated_and_invalid_global_ids_are_reported(tmp_path: Path) -> None:
    same = guid(30)
    lines = f"""
    #30=IFCWALL(GUID,'A',$,$,$,$,$,$)
    #31=IFCWALL('{same}',$,'B',$,$,$,$,$,$)
    #32=IFCWALL('short',$,'C',$,$,$,$,$,$)
    """
    findings = findings_of(document_of(tmp_path, PROJECT + lines))
    assert findings["DuplicateGlobalId"] == (1, [same])
    assert findings["InvalidGlobalId"] == (1, ["short"])
    assert findings["OrphanElements"] == (3, [same, same, "short"])


PLACED = """
#30=IFCWALL(GUID,'Wall',$,$,#31,$,$,$)
#31=IFCLOCALPLACEMENT($,#32)
#32=IFCAXIS2PLACEMENT3D(#33,$,$)
#33=IFCCARTESIANPOINT({coordinates})
#34=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#30),#21)
"""


@pytest.mark.parametrize("coordinates", ["(1.,nan,2.)", "(1.,1.E400,2.)", "(1.,2.)"])
def test_broken_coordinates_are_reported(tmp_path: Path, coordinates: str) -> None:
    findings = findings_of(document_of(tmp_path, PROJECT + PLACED.format(coordinates=coordinates)))
    assert findings["InvalidCoordinates"] == (1, [guid(30)])
    assert ("UnreadableInstance" in findings) == ("E400" in coordinates)


def test_far_models_and_double_georeference_are_reported(tmp_path: Path) -> None:
    # Millimetres: 9 km is near, 11 km is far.
    assert findings_of(document_of(tmp_path, PROJECT + PLACED.format(coordinates="(9.E6,0.,0.)"))) == {}
    far = PROJECT + PLACED.format(coordinates="(0.,11.E6,0.)")
    assert findings_of(document_of(tmp_path, far)) == {"FarFromOrigin": (1, [guid(30)])}
    conversion = "#40=IFCPROJECTEDCRS('EPSG:25832',$,$,$,$,$,$)\n#41=IFCMAPCONVERSION(#42,#40,5.E5,5.7E6,0.,$,$,$)\n"
    context = "#42=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,0.01,$,$)\n"
    assert findings_of(document_of(tmp_path, far + conversion + context)).keys() == {
        "FarFromOrigin",
        "DoubleGeoreference",
    }


def test_structural_problems_are_reported(tmp_path: Path) -> None:
    assert findings_of(document_of(tmp_path, "#9=IFCPERSON($,'x',$,$,$,$,$,$)")).keys() == {"NoProducts", "NoProject"}
    two = UNITS + "#5=IFCPROJECT(GUID,'Second',$,$,$,$,$,#2)"
    assert findings_of(document_of(tmp_path, two)).keys() == {"NoProducts", "SeveralProjects"}
    assert "NoLengthUnit" in findings_of(document_of(tmp_path, "#1=IFCPROJECT(GUID,'P',$,$,$,$,$,$)"))
    circle = "#30=IFCWALL(GUID,'W',$,$,$,$,$,$)\n#31=IFCRELAGGREGATES(GUID,$,$,#30,(#30))"
    assert findings_of(document_of(tmp_path, PROJECT + circle))["CyclicRelation"] == (1, [guid(30)])
    placement = (
        "#30=IFCWALL(GUID,'W',$,$,#31,$,$,$)\n#31=IFCLOCALPLACEMENT(#31,#32)\n#32=IFCAXIS2PLACEMENT3D(#33,$,$)\n"
    )
    lines = PROJECT + placement + "#33=IFCCARTESIANPOINT((0.,0.,0.))"
    assert "CyclicPlacement" in findings_of(document_of(tmp_path, lines))


def test_earlier_findings_and_counts_are_kept(tmp_path: Path) -> None:
    earlier = {"code": "NonAsciiText", "severity": "warning", "message": "m", "globalIds": [], "count": 3}
    document = document_of(tmp_path, PROJECT, findings=[earlier], entities=1234)
    assert findings_of(document) == {"NonAsciiText": (3, [])}
    assert document["counts"]["entities"] == 1234
