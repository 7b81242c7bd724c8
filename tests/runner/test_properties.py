"""The properties table on files made for one question each."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ifcjob.tables import PROPERTIES
from ifcjob_runner.data import property_sets, rows, segments
from ifcjob_runner.stages.properties import PropertiesResult, properties
from tests.runner.step_files import PROJECT, guid, small_model

WALL = "#30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)\n#31=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#32)\n"


def table(folder: Path, lines: str, schema: str = "IFC4") -> tuple[list[dict[str, Any]], PropertiesResult]:
    result = properties(small_model(folder, PROJECT + lines, schema), folder / "properties.parquet")
    return pq.read_table(folder / "properties.parquet").to_pylist(), result


def by_name(rows: list[dict[str, Any]], step_id: int = 30) -> dict[str, tuple[Any, ...]]:
    columns = ("value", "number", "value_type", "unit")
    return {r["name"]: tuple(r[c] for c in columns) for r in rows if r["step_id"] == step_id}


def test_every_kind_of_property(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        WALL
        + """
        #32=IFCPROPERTYSET(GUID,'All',$,(#40,#41,#42,#43,#44,#45,#46,#47,#48,#49,#50,#51,#52,#53,#54,#55))
        #40=IFCPROPERTYSINGLEVALUE('Text',$,IFCLABEL('a'),$)
        #41=IFCPROPERTYSINGLEVALUE('Length',$,IFCPOSITIVELENGTHMEASURE(12.5),$)
        #42=IFCPROPERTYSINGLEVALUE('Own unit',$,IFCLENGTHMEASURE(2.),#60)
        #43=IFCPROPERTYSINGLEVALUE('Flag',$,IFCBOOLEAN(.T.),$)
        #44=IFCPROPERTYSINGLEVALUE('Maybe',$,IFCLOGICAL(.U.),$)
        #45=IFCPROPERTYSINGLEVALUE('Unset',$,$,$)
        #46=IFCPROPERTYENUMERATEDVALUE('One of',$,(IFCLABEL('NEW')),$)
        #47=IFCPROPERTYENUMERATEDVALUE('Some of',$,(IFCLABEL('A'),IFCLABEL('B')),$)
        #48=IFCPROPERTYLISTVALUE('List',$,(IFCINTEGER(1),IFCINTEGER(2)),$)
        #49=IFCPROPERTYBOUNDEDVALUE('Range',$,IFCLENGTHMEASURE(9.),IFCLENGTHMEASURE(1.),$,IFCLENGTHMEASURE(4.))
        #50=IFCPROPERTYTABLEVALUE('Table',$,(IFCREAL(1.),IFCREAL(2.)),(IFCLENGTHMEASURE(3.),IFCLENGTHMEASURE(4.)),'y=x',$,$,.LINEAR.)
        #51=IFCPROPERTYREFERENCEVALUE('Reference',$,$,#61)
        #52=IFCCOMPLEXPROPERTY('Outer',$,'use',(#62,#63))
        #53=IFCPROPERTYSINGLEVALUE('Cost',$,IFCMONETARYMEASURE(5.),$)
        #54=IFCPROPERTYSINGLEVALUE('U',$,IFCTHERMALTRANSMITTANCEMEASURE(0.25),$)
        #55=IFCPROPERTYSINGLEVALUE('Count',$,IFCINTEGER(7),$)
        #60=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)
        #61=IFCMATERIAL('Oak',$,$)
        #62=IFCPROPERTYSINGLEVALUE('Inner',$,IFCLABEL('x'),$)
        #63=IFCCOMPLEXPROPERTY('Deeper',$,'use',(#62))
        """,
    )
    assert by_name(rows) == {
        "Text": ("a", None, "IfcLabel", None),
        "Length": ("12.5", 12.5, "IfcPositiveLengthMeasure", "mm"),
        "Own unit": ("2.0", 2.0, "IfcLengthMeasure", "m"),
        "Flag": ("true", None, "IfcBoolean", None),
        "Maybe": ("UNKNOWN", None, "IfcLogical", None),
        "Unset": (None, None, None, None),
        "One of": ("NEW", None, "IfcLabel", None),
        "Some of": ('["A","B"]', None, "IfcLabel", None),
        "List": ("[1,2]", None, "IfcInteger", None),
        "Range": ('{"lower":1.0,"upper":9.0,"setPoint":4.0}', 4.0, "IfcLengthMeasure", "mm"),
        "Table": (
            '{"defining":[1.0,2.0],"defined":[3.0,4.0],"expression":"y=x","interpolation":"LINEAR"}',
            None,
            "IfcLengthMeasure",
            "mm",
        ),
        "Reference": ("Oak", None, "IfcMaterial", None),
        "Outer.Inner": ("x", None, "IfcLabel", None),
        "Outer.Deeper.Inner": ("x", None, "IfcLabel", None),
        "Cost": ("5.0", 5.0, "IfcMonetaryMeasure", "EUR"),
        "U": ("0.25", 0.25, "IfcThermalTransmittanceMeasure", "W/(m²·K)"),
        "Count": ("7", 7.0, "IfcInteger", None),
    }
    assert {(r["set_name"], r["kind"], r["source"], r["global_id"]) for r in rows} == {
        ("All", "property", "instance", guid(30))
    }


def test_a_set_of_single_values_alone_reads_the_same(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        WALL
        + """
        #32=IFCPROPERTYSET(GUID,'Fast',$,(#41,#42,#43,#44,#45))
        #41=IFCPROPERTYSINGLEVALUE('Length',$,IFCPOSITIVELENGTHMEASURE(12.5),$)
        #42=IFCPROPERTYSINGLEVALUE('Own unit',$,IFCLENGTHMEASURE(2.),#60)
        #43=IFCPROPERTYSINGLEVALUE('Flag',$,IFCBOOLEAN(.F.),$)
        #44=IFCPROPERTYSINGLEVALUE('Unset',$,$,$)
        #45=IFCPROPERTYSINGLEVALUE('Length',$,IFCLABEL('the last wins'),$)
        #60=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)
        """,
    )
    assert [r["name"] for r in rows] == ["Length", "Own unit", "Flag", "Unset"]
    assert by_name(rows) == {
        "Length": ("the last wins", None, "IfcLabel", None),
        "Own unit": ("2.0", 2.0, "IfcLengthMeasure", "m"),
        "Flag": ("false", None, "IfcBoolean", None),
        "Unset": (None, None, None, None),
    }


@pytest.mark.parametrize("complex_one", [False, True], ids=["simple", "with a complex one"])
def test_quantities(tmp_path: Path, complex_one: bool) -> None:
    more = ",#45" if complex_one else ""
    rows, _ = table(
        tmp_path,
        WALL
        + f"""
        #32=IFCELEMENTQUANTITY(GUID,'Qto',$,$,(#40,#41,#42,#43,#44{more}))
        #40=IFCQUANTITYLENGTH('Length',$,$,5000.,$)
        #41=IFCQUANTITYAREA('Area',$,#60,5.,$)
        #42=IFCQUANTITYCOUNT('Count',$,$,3.,$)
        #43=IFCQUANTITYWEIGHT('Weight',$,$,2.5,$)
        #44=IFCQUANTITYTIME('Time',$,$,1.,$)
        #45=IFCPHYSICALCOMPLEXQUANTITY('Layer',$,(#40,#42),'layer',$,$)
        #60=IFCCONVERSIONBASEDUNIT($,.AREAUNIT.,'SQUARE FOOT',#61)
        #61=IFCMEASUREWITHUNIT(IFCAREAMEASURE(0.09290304),#4)
        """,
    )
    expected = {
        "Length": ("5000.0", 5000.0, "IfcLengthMeasure", "mm"),
        "Area": ("5.0", 5.0, "IfcAreaMeasure", "ft²"),
        "Count": ("3.0", 3.0, "IfcCountMeasure", None),
        "Weight": ("2.5", 2.5, "IfcMassMeasure", None),
        "Time": ("1.0", 1.0, "IfcTimeMeasure", None),
    }
    if complex_one:
        expected |= {"Layer.Length": expected["Length"], "Layer.Count": expected["Count"]}
    assert by_name(rows) == expected
    assert {r["kind"] for r in rows} == {"quantity"}


@pytest.mark.parametrize(("schema", "own", "more"), [("IFC2X3", 3, ""), ("IFC4", 6, ",$,$")])
def test_predefined_sets_are_properties(tmp_path: Path, schema: str, own: int, more: str) -> None:
    rows, _ = table(
        tmp_path,
        f"""
        #30=IFCDOOR(GUID,'Door',$,$,$,${",$" * own})
        #31=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#32)
        #32=IFCDOORLININGPROPERTIES(GUID,'Lining',$,50.,$,$,$,$,$,$,$,$,$,$ {more})
        """,
        schema,
    )
    assert by_name(rows) == {"LiningDepth": ("50.0", 50.0, "IfcPositiveLengthMeasure", "mm")}
    assert rows[0]["set_name"] == "Lining"


def test_occurrences_override_their_type_property_by_property(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        WALL
        + """
        #32=IFCPROPERTYSET(GUID,'Common',$,(#40,#41))
        #33=IFCWALLTYPE(GUID,'Type',$,$,(#34,#35),$,$,$,.SOLIDWALL.)
        #34=IFCPROPERTYSET(GUID,'Common',$,(#42,#43,#44))
        #35=IFCPROPERTYSET(GUID,'Only type',$,(#42))
        #36=IFCRELDEFINESBYTYPE(GUID,$,$,(#30),#33)
        #40=IFCPROPERTYSINGLEVALUE('Both',$,IFCLABEL('mine'),$)
        #41=IFCPROPERTYSINGLEVALUE('Nested',$,IFCLABEL('replaces all of it'),$)
        #42=IFCPROPERTYSINGLEVALUE('Both',$,IFCLABEL('inherited'),$)
        #43=IFCPROPERTYSINGLEVALUE('Type',$,IFCLABEL('inherited'),$)
        #44=IFCCOMPLEXPROPERTY('Nested',$,'use',(#42,#43))
        """,
    )
    assert [(r["set_name"], r["name"], r["value"], r["source"]) for r in rows] == [
        ("Common", "Type", "inherited", "type"),
        ("Common", "Both", "mine", "instance"),
        ("Common", "Nested", "replaces all of it", "instance"),
        ("Only type", "Both", "inherited", "type"),
    ]


def test_a_set_of_sets_and_shared_sets(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        """
        #30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
        #31=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30,#36),IFCPROPERTYSETDEFINITIONSET((#32,#33)))
        #32=IFCPROPERTYSET(GUID,'One',$,(#40))
        #33=IFCPROPERTYSET(GUID,'Two',$,(#40))
        #36=IFCSLAB(GUID,'Slab',$,$,$,$,$,$,$)
        #40=IFCPROPERTYSINGLEVALUE('P',$,IFCLABEL('v'),$)
        """,
    )
    assert [(r["step_id"], r["set_name"]) for r in rows] == [(30, "One"), (30, "Two"), (36, "One"), (36, "Two")]


def test_materials_with_layers_and_their_properties(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        """
        #30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
        #31=IFCRELASSOCIATESMATERIAL(GUID,$,$,(#30),#32)
        #32=IFCMATERIALLAYERSETUSAGE(#33,.AXIS2.,.POSITIVE.,-100.,$)
        #33=IFCMATERIALLAYERSET((#34,#35),'Layers of wall',$)
        #34=IFCMATERIALLAYER(#36,150.,$,$,$,$,$)
        #35=IFCMATERIALLAYER(#37,50.,.T.,'Air',$,$,$)
        #36=IFCMATERIAL('Brick',$,$)
        #37=IFCMATERIAL('Wool',$,$)
        #38=IFCMATERIALPROPERTIES('Pset_MaterialThermal',$,(#40),#36)
        #39=IFCEXTERNALREFERENCERELATIONSHIP($,$,#41,(#37))
        #40=IFCPROPERTYSINGLEVALUE('Heat',$,IFCREAL(0.5),$)
        #41=IFCCLASSIFICATIONREFERENCE($,'M1','Insulation',#42,$,$)
        #42=IFCCLASSIFICATION($,$,$,'System',$,$,$)
        """,
    )
    values = {(r["set_name"], r["name"]): (r["value"], r["number"], r["unit"], r["source"], r["kind"]) for r in rows}
    assert values == {
        ("IfcMaterialLayerSet", "LayerSetDirection"): ("AXIS2", None, None, "instance", "material"),
        ("IfcMaterialLayerSet", "DirectionSense"): ("POSITIVE", None, None, "instance", "material"),
        ("IfcMaterialLayerSet", "OffsetFromReferenceLine"): ("-100.0", -100.0, "mm", "instance", "material"),
        ("IfcMaterialLayerSet", "LayerSetName"): ("Layers of wall", None, None, "instance", "material"),
        ("IfcMaterialLayerSet", "Layers.1.Material"): ("Brick", None, None, "instance", "material"),
        ("IfcMaterialLayerSet", "Layers.1.LayerThickness"): ("150.0", 150.0, "mm", "instance", "material"),
        ("IfcMaterialLayerSet", "Layers.2.Material"): ("Wool", None, None, "instance", "material"),
        ("IfcMaterialLayerSet", "Layers.2.LayerThickness"): ("50.0", 50.0, "mm", "instance", "material"),
        ("IfcMaterialLayerSet", "Layers.2.IsVentilated"): ("true", None, None, "instance", "material"),
        ("IfcMaterialLayerSet", "Layers.2.Name"): ("Air", None, None, "instance", "material"),
        ("Pset_MaterialThermal", "Brick.Heat"): ("0.5", 0.5, None, "material", "material"),
        ("System", "M1"): ("Insulation", None, None, "material", "classification"),
    }


def test_materials_of_the_type_and_sets_of_constituents_and_profiles(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        """
        #30=IFCWINDOW(GUID,'Window',$,$,$,$,$,$,$,$,$,$,$)
        #31=IFCRELDEFINESBYTYPE(GUID,$,$,(#30),#32)
        #32=IFCWINDOWTYPE(GUID,'Type',$,$,$,$,$,$,.WINDOW.,.SINGLE_PANEL.,$,$)
        #33=IFCRELASSOCIATESMATERIAL(GUID,$,$,(#32),#34)
        #34=IFCMATERIALCONSTITUENTSET('Parts',$,(#35))
        #35=IFCMATERIALCONSTITUENT('Glazing',$,#36,0.8,$)
        #36=IFCMATERIAL('Glass',$,$)
        #40=IFCBEAM(GUID,'Beam',$,$,$,$,$,$,$)
        #41=IFCRELASSOCIATESMATERIAL(GUID,$,$,(#40),#42)
        #42=IFCMATERIALPROFILESETUSAGE(#43,5,$)
        #43=IFCMATERIALPROFILESET('Set',$,(#44),$)
        #44=IFCMATERIALPROFILE('Profile',$,#36,#45,$,$)
        #45=IFCRECTANGLEPROFILEDEF(.AREA.,'100x200',$,100.,200.)
        """,
    )
    window = {r["name"]: (r["value"], r["source"]) for r in rows if r["step_id"] == 30}
    assert window["Constituents.1.Material"] == ("Glass", "type")
    assert window["Constituents.1.Fraction"] == ("0.8", "type")
    beam = {r["name"]: r["value"] for r in rows if r["step_id"] == 40}
    assert beam["Profiles.1.Profile"] == "100x200"
    assert beam["CardinalPoint"] == "5"


def test_classifications_of_the_type_hold_unless_the_system_is_overridden(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        """
        #30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
        #31=IFCRELDEFINESBYTYPE(GUID,$,$,(#30),#32)
        #32=IFCWALLTYPE(GUID,'Type',$,$,$,$,$,$,.SOLIDWALL.)
        #33=IFCRELASSOCIATESCLASSIFICATION(GUID,$,$,(#32),#40)
        #34=IFCRELASSOCIATESCLASSIFICATION(GUID,$,$,(#32),#41)
        #35=IFCRELASSOCIATESCLASSIFICATION(GUID,$,$,(#30),#42)
        #40=IFCCLASSIFICATIONREFERENCE($,'A1','Title A1',#50,$,$)
        #41=IFCCLASSIFICATIONREFERENCE($,'B1','Title B1',#51,$,$)
        #42=IFCCLASSIFICATIONREFERENCE($,'A2',$,#43,$,$)
        #43=IFCCLASSIFICATIONREFERENCE($,'A','Group A',#50,$,$)
        #50=IFCCLASSIFICATION($,$,$,'System A',$,$,$)
        #51=IFCCLASSIFICATION($,$,$,'System B',$,$,$)
        """,
    )
    assert [(r["set_name"], r["name"], r["value"], r["source"], r["kind"]) for r in rows] == [
        ("System B", "B1", "Title B1", "type", "classification"),
        ("System A", "A2", None, "instance", "classification"),
    ]


def test_ifc2x3_materials_and_classifications(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        """
        #30=IFCWALL(GUID,'Wall',$,$,$,$,$)
        #31=IFCRELASSOCIATESMATERIAL(GUID,$,$,(#30),#36)
        #33=IFCRELASSOCIATESCLASSIFICATION(GUID,$,$,(#30),#41)
        #36=IFCMATERIAL('Brick')
        #37=IFCMECHANICALMATERIALPROPERTIES(#36,$,210.,$,$,$)
        #38=IFCEXTENDEDMATERIALPROPERTIES(#36,(#40),$,'Extended')
        #39=IFCMATERIALCLASSIFICATIONRELATIONSHIP((#42),#36)
        #40=IFCPROPERTYSINGLEVALUE('Heat',$,IFCREAL(0.5),$)
        #41=IFCCLASSIFICATIONNOTATION((#43))
        #42=IFCCLASSIFICATIONREFERENCE($,'M1','Brickwork',$)
        #43=IFCCLASSIFICATIONNOTATIONFACET('21.1')
        """,
        "IFC2X3",
    )
    assert [(r["set_name"], r["name"], r["value"], r["source"]) for r in rows] == [
        ("IfcMaterial", "Name", "Brick", "instance"),
        ("IfcMechanicalMaterialProperties", "Brick.YoungModulus", "210.0", "material"),
        ("Extended", "Brick.Heat", "0.5", "material"),
        ("", "M1", "Brickwork", "material"),
        ("", "21.1", None, "instance"),
    ]


def test_complex_properties_that_contain_themselves_end(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        WALL
        + """
        #32=IFCPROPERTYSET(GUID,'Circle',$,(#40,#41))
        #40=IFCCOMPLEXPROPERTY('Me',$,'use',(#40,#41))
        #41=IFCPROPERTYSINGLEVALUE('Leaf',$,IFCLABEL('x'),$)
        """,
    )
    assert {r["value"] for r in rows} == {"x"}


def test_a_broken_line_costs_its_own_value_only(tmp_path: Path) -> None:
    rows, result = table(
        tmp_path,
        WALL
        + """
        #32=IFCPROPERTYSET(GUID,'Set',$,(#40,#41))
        #40=IFCPROPERTYSINGLEVALUE('Broken',$,IFCREAL(1.E400),$)
        #41=IFCPROPERTYSINGLEVALUE('Good',$,IFCREAL(1.),$)
        """,
    )
    assert ("Good", 1.0) in {(r["name"], r["number"]) for r in rows}
    [finding] = result.findings
    assert finding["code"] == "UnreadableInstance"
    assert "#40" in finding.message


def test_the_table_is_as_documented_and_the_same_every_time(tmp_path: Path) -> None:
    lines = WALL + "#32=IFCPROPERTYSET(GUID,'S',$,(#41))\n#41=IFCPROPERTYSINGLEVALUE('L',$,IFCREAL(2.),$)\n"
    table(tmp_path, lines)
    first = (tmp_path / "properties.parquet").read_bytes()
    table(tmp_path, lines)
    assert (tmp_path / "properties.parquet").read_bytes() == first
    file = pq.ParquetFile(tmp_path / "properties.parquet")
    types = {"string": "string", "double": "float64", "int64": "int64"}
    found = [(f.name, types[str(f.type)], f.nullable) for f in file.schema_arrow]
    assert found == [(c.name, c.type, c.nullable) for c in PROPERTIES]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_no_properties_make_an_empty_table(tmp_path: Path) -> None:
    rows, result = table(tmp_path, "")
    assert rows == []
    assert (result.objects, result.rows) == (0, 0)


def test_many_rows_split_into_row_groups_without_losing_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "ROW_GROUP", 7)
    monkeypatch.setattr(property_sets, "BATCH_ROWS", 5)
    monkeypatch.setattr(rows, "FLUSH_ROWS", 3)
    lines = ["#30=IFCPROPERTYSINGLEVALUE('Shared',$,IFCLABEL('s'),$)"]
    for n in range(100, 200, 5):
        lines += [
            f"#{n}=IFCWALL(GUID,'W',$,$,$,$,$,$)",
            f"#{n + 1}=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#{n}),#{n + 2})",
            f"#{n + 2}=IFCPROPERTYSET(GUID,'S',$,(#30,#{n + 3}))",
            f"#{n + 3}=IFCPROPERTYSINGLEVALUE('Own',$,IFCINTEGER({n}),$)",
        ]
    found, result = table(tmp_path, "\n".join(lines))
    assert [(r["step_id"], r["name"], r["value"]) for r in found] == [
        row for n in range(100, 200, 5) for row in ((n, "Shared", "s"), (n, "Own", str(n)))
    ]
    assert result.rows == 40
    assert pq.ParquetFile(tmp_path / "properties.parquet").num_row_groups == 6


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    lines = WALL + "#32=IFCPROPERTYSET(GUID,'S',$,())\n"
    model = small_model(tmp_path, PROJECT + lines)
    properties(model, tmp_path / "p.parquet", (), lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] == 4
    assert json.dumps(seen)
