"""The properties table of small files, each made for a single test."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ifcjob.tables import PROPERTIES
from ifcjob_runner.data.properties import property_sets, rows, segments
from ifcjob_runner.stages.properties import PropertiesResult, properties
from tests.runner.step_files import PROJECT, guid, small_model

WALL = "#30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)\n#31=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#32)\n"


def table(folder: Path, lines: str, schema: str = "IFC4") -> tuple[list[dict[str, Any]], PropertiesResult]:
    result = properties(small_model(folder, PROJECT + lines, schema), folder / "properties.parquet")
    return pq.read_table(folder / "properties.parquet").to_pylist(), result


def by_name(rows: list[dict[str, Any]], step_id: int = 30) -> dict[str, tuple[Any, ...]]:
    columns = ("value", "number", "value_type", "unit")
    return {r["name"]: tuple(r[c] for c in columns) for r in rows if r["step_id"] == step_id}


def test_every_kind_of_property_has_rows(tmp_path: Path) -> None:
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


def test_a_set_of_single_values_gives_the_same_rows_as_a_mixed_set(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("more", ["", ",#45"], ids=["simple", "with a complex one"])
def test_every_kind_of_quantity_has_rows(tmp_path: Path, more: str) -> None:
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
    if more:
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


def sets_of(rows: list[dict[str, Any]], step_id: int) -> list[tuple[str, str, str]]:
    return [(r["set_name"], r["name"], r["value"]) for r in rows if r["step_id"] == step_id]


def test_predefined_sets_without_a_name_have_that_of_their_class(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        """
        #30=IFCWALL(GUID,'Wall',$,$,$,$,$)
        #31=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#32)
        #32=IFCSOUNDPROPERTIES(GUID,$,$,.T.,$,$)
        #33=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#34)
        #34=IFCREINFORCEMENTDEFINITIONPROPERTIES(GUID,'',$,'Mesh',$)
        #40=IFCWINDOW(GUID,'Window',$,$,$,$,$,$,$)
        #41=IFCWINDOWSTYLE(GUID,'Style',$,$,(#42,#43,#44),$,$,.NOTDEFINED.,.NOTDEFINED.,.F.,.F.)
        #42=IFCWINDOWLININGPROPERTIES(GUID,$,$,50.,60.,$,$,$,$,$,$,$,$)
        #43=IFCWINDOWPANELPROPERTIES(GUID,$,$,.SIDEHUNGLEFTHAND.,.LEFT.,30.,$,$)
        #44=IFCWINDOWPANELPROPERTIES(GUID,$,$,.FIXEDCASEMENT.,.RIGHT.,40.,$,$)
        #45=IFCRELDEFINESBYTYPE(GUID,$,$,(#40),#41)
        #46=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#40),#47)
        #47=IFCWINDOWLININGPROPERTIES(GUID,$,$,70.,$,$,$,$,$,$,$,$,$)
        """,
        "IFC2X3",
    )
    assert sets_of(rows, 30) == [
        ("IfcSoundProperties", "IsAttenuating", "true"),
        ("IfcReinforcementDefinitionProperties", "DefinitionType", "Mesh"),
    ]
    assert sets_of(rows, 40) == [
        ("IfcWindowLiningProperties", "LiningThickness", "60.0"),
        ("IfcWindowLiningProperties", "LiningDepth", "70.0"),
        ("IfcWindowPanelProperties", "OperationType", "SIDEHUNGLEFTHAND"),
        ("IfcWindowPanelProperties", "PanelPosition", "LEFT"),
        ("IfcWindowPanelProperties", "FrameDepth", "30.0"),
        ("IfcWindowPanelProperties", "OperationType", "FIXEDCASEMENT"),
        ("IfcWindowPanelProperties", "PanelPosition", "RIGHT"),
        ("IfcWindowPanelProperties", "FrameDepth", "40.0"),
    ]


def test_overriding_properties_replace_those_of_their_set(tmp_path: Path) -> None:
    rows, _ = table(
        tmp_path,
        """
        #30=IFCWALL(GUID,'Wall',$,$,$,$,$)
        #31=IFCRELOVERRIDESPROPERTIES(GUID,$,$,(#30),#32,(#35))
        #32=IFCPROPERTYSET(GUID,'Set',$,(#33,#34))
        #33=IFCPROPERTYSINGLEVALUE('A',$,IFCLABEL('set'),$)
        #34=IFCPROPERTYSINGLEVALUE('B',$,IFCLABEL('set'),$)
        #35=IFCPROPERTYSINGLEVALUE('A',$,IFCLABEL('override'),$)
        #36=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#32)
        """,
        "IFC2X3",
    )
    assert sets_of(rows, 30) == [("Set", "B", "set"), ("Set", "A", "override")]


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


def test_sets_of_sets_and_shared_sets_are_read(tmp_path: Path) -> None:
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


def test_a_broken_line_loses_its_own_value_only(tmp_path: Path) -> None:
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
    assert "#40" in finding["message"]


def test_the_table_has_the_documented_schema_and_equal_bytes(tmp_path: Path) -> None:
    lines = WALL + "#32=IFCPROPERTYSET(GUID,'S',$,(#41))\n#41=IFCPROPERTYSINGLEVALUE('L',$,IFCREAL(2.),$)\n"
    table(tmp_path, lines)
    first = (tmp_path / "properties.parquet").read_bytes()
    table(tmp_path, lines)
    assert (tmp_path / "properties.parquet").read_bytes() == first
    file = pq.ParquetFile(tmp_path / "properties.parquet")
    types = {"string": "string", "double": "float64", "int64": "int64"}
    columns = [(f.name, types[str(f.type)], f.nullable) for f in file.schema_arrow]
    assert columns == [(c.name, c.type, c.nullable) for c in PROPERTIES]
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_file_without_properties_gives_an_empty_table(tmp_path: Path) -> None:
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
    table_rows, result = table(tmp_path, "\n".join(lines))
    assert [(r["step_id"], r["name"], r["value"]) for r in table_rows] == [
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
