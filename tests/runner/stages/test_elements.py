"""The elements table."""

import csv
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ifcjob.tables import ELEMENTS
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.stages.elements import elements, write_elements
from tests.runner.step_files import PROJECT, guid, small_model

LINES = """
#30=IFCWALL(GUID,'Wall',$,'Basic',$,#50,'tag-1',$)
#31=IFCWALLTYPE(GUID,'Type',$,$,$,$,$,$,.SOLIDWALL.)
#32=IFCRELDEFINESBYTYPE(GUID,$,$,(#30),#31)
#33=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#30,#36,#37),#21)
#34=IFCOPENINGELEMENT(GUID,'Opening',$,$,$,$,$,$)
#35=IFCRELVOIDSELEMENT(GUID,$,$,#30,#34)
#36=IFCSLAB(GUID,'Slab',$,'my slab',$,$,$,.USERDEFINED.)
#37=IFCBUILDINGELEMENTPROXY(GUID,'Proxy',$,$,$,#51,$,$)
#38=IFCRELASSOCIATESMATERIAL(GUID,$,$,(#31),#39)
#39=IFCMATERIAL('Brick',$,$)
#40=IFCRELASSOCIATESCLASSIFICATION(GUID,$,$,(#30),#41)
#41=IFCCLASSIFICATIONREFERENCE($,'31.20','Walls',#42,$,$)
#42=IFCCLASSIFICATION($,$,$,'NL/SfB',$,$,$)
#50=IFCPRODUCTDEFINITIONSHAPE($,$,(#52))
#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#53))
#52=IFCSHAPEREPRESENTATION(#60,'Body','Tessellation',(#54))
#53=IFCSHAPEREPRESENTATION(#60,'Body','MappedRepresentation',(#55))
#54=IFCPOLYLINE((#62))
#55=IFCMAPPEDITEM(#56,#57)
#56=IFCREPRESENTATIONMAP(#58,#52)
#57=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#62,$,$)
#58=IFCAXIS2PLACEMENT3D(#62,$,$)
#60=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,0.01,$,$)
#62=IFCCARTESIANPOINT((0.,0.,0.))
#63=IFCPRESENTATIONLAYERASSIGNMENT('by shape',$,(#52),$)
#64=IFCPRESENTATIONLAYERASSIGNMENT('by item',$,(#54),$)
"""


@pytest.fixture
def table(tmp_path: Path) -> dict[int, dict[str, Any]]:
    model = small_model(tmp_path, PROJECT + LINES)
    columns = elements(model, Hierarchy(model))
    write_elements(tmp_path / "e.parquet", columns, {30: (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)}, {30: 12})
    return {row["step_id"]: row for row in pq.read_table(tmp_path / "e.parquet").to_pylist()}


def test_every_product_has_a_row_in_order(table: dict[int, dict[str, Any]]) -> None:
    assert list(table) == [20, 21, 30, 34, 36, 37]


def test_a_row_has_every_column(table: dict[int, dict[str, Any]]) -> None:
    assert table[30] == {
        "step_id": 30,
        "global_id": guid(30),
        "class": "IfcWall",
        "predefined_type": "SOLIDWALL",
        "name": "Wall",
        "object_type": "Basic",
        "tag": "tag-1",
        "type_global_id": guid(31),
        "storey_global_id": guid(21),
        "storey_name": "Ground",
        "parent_global_id": guid(21),
        "layers": ["by shape", "by item"],
        "materials": ["Brick"],
        "classifications": ["NL/SfB: 31.20 Walls"],
        "bbox_min_x": 0.0,
        "bbox_min_y": 1.0,
        "bbox_min_z": 2.0,
        "bbox_max_x": 3.0,
        "bbox_max_y": 4.0,
        "bbox_max_z": 5.0,
        "triangles": 12,
    }


def test_csv_has_the_rows_of_the_table_with_texts_for_lists(tmp_path: Path) -> None:
    model = small_model(tmp_path, PROJECT + LINES.replace("'Slab'", "'=1+1'"))
    columns = elements(model, Hierarchy(model))
    write_elements(tmp_path / "e.parquet", columns, {30: (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)}, {30: 12}, formats=["csv"])
    with (tmp_path / "e.csv").open(newline="", encoding="utf-8") as file:
        rows = {int(row["step_id"]): row for row in csv.DictReader(file)}
    assert list(rows[30]) == [column.name for column in ELEMENTS]
    assert (rows[30]["class"], rows[30]["name"], rows[30]["storey_name"]) == ("IfcWall", "Wall", "Ground")
    assert (rows[30]["layers"], rows[30]["materials"], rows[30]["bbox_max_x"]) == ("by shape; by item", "Brick", "3")
    assert (rows[36]["name"], rows[36]["layers"]) == ("'=1+1", "")


def test_parents_types_and_layers_of_other_products(table: dict[int, dict[str, Any]]) -> None:
    assert (table[34]["parent_global_id"], table[34]["storey_global_id"]) == (guid(30), guid(21))
    assert table[36]["predefined_type"] == "my slab"
    assert table[37]["layers"] == ["by shape", "by item"]
    assert (table[21]["storey_global_id"], table[21]["parent_global_id"]) == (None, guid(20))
    assert (table[37]["triangles"], table[37]["bbox_max_z"], table[37]["materials"]) == (None, None, [])


OPERANDS = """
#30=IFCWALL(GUID,'Wall',$,$,$,#50,$,$)
#31=IFCWALL(GUID,'Wall',$,$,$,#51,$,$)
#32=IFCWALL(GUID,'Wall',$,$,$,#52,$,$)
#50=IFCPRODUCTDEFINITIONSHAPE($,$,(#53))
#51=IFCPRODUCTDEFINITIONSHAPE($,$,(#54))
#52=IFCPRODUCTDEFINITIONSHAPE($,$,(#55))
#53=IFCSHAPEREPRESENTATION(#60,'Body','Clipping',(#70))
#54=IFCSHAPEREPRESENTATION(#60,'Body','CSG',(#71))
#55=IFCSHAPEREPRESENTATION(#60,'Body','MappedRepresentation',(#56))
#56=IFCMAPPEDITEM(#57,#58)
#57=IFCREPRESENTATIONMAP(#59,#54)
#58=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#62,$,$)
#59=IFCAXIS2PLACEMENT3D(#62,$,$)
#60=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,0.01,$,$)
#62=IFCCARTESIANPOINT((0.,0.,0.))
#70=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#72,#73)
#71=IFCCSGSOLID(#74)
#72=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#75,#76)
#73=IFCHALFSPACESOLID(#77,.F.)
#74=IFCBOOLEANRESULT(.UNION.,#78,#79)
#75=IFCEXTRUDEDAREASOLID(#80,#59,#81,1.)
#76=IFCHALFSPACESOLID(#77,.T.)
#77=IFCPLANE(#59)
#78=IFCBLOCK(#59,1.,1.,1.)
#79=IFCSPHERE(#59,1.)
#80=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,1.)
#81=IFCDIRECTION((0.,0.,1.))
#90=IFCPRESENTATIONLAYERASSIGNMENT('extrusion',$,(#75),$)
#91=IFCPRESENTATIONLAYERASSIGNMENT('plane',$,(#77),$)
#92=IFCPRESENTATIONLAYERASSIGNMENT('block',$,(#78),$)
#93=IFCPRESENTATIONLAYERASSIGNMENT('sphere',$,(#79),$)
#94=IFCPRESENTATIONLAYERASSIGNMENT('half space',$,(#73),$)
"""


def test_layers_of_operands_are_those_of_the_element(tmp_path: Path) -> None:
    model = small_model(tmp_path, OPERANDS)
    layers = elements(model, Hierarchy(model))["layers"]
    assert layers == [["extrusion", "plane", "half space"], ["block", "sphere"], ["block", "sphere"]]


def test_an_operation_on_itself_ends(tmp_path: Path) -> None:
    model = small_model(tmp_path, OPERANDS.replace("#72,#73)", "#70,#73)"))
    assert elements(model, Hierarchy(model))["layers"][0] == ["half space", "plane"]


def test_columns_equal_the_documented_schema(tmp_path: Path) -> None:
    model = small_model(tmp_path, "#1=IFCPROJECT(GUID,'P',$,$,$,$,$,$)")
    write_elements(tmp_path / "e.parquet", elements(model, Hierarchy(model)), {}, {})
    schema = pq.read_schema(tmp_path / "e.parquet")
    names = {"double": "float64", "list<element: string>": "list<string>"}
    columns = [(f.name, names.get(str(f.type), str(f.type)), f.nullable) for f in schema]
    assert columns == [(c.name, c.type, c.nullable) for c in ELEMENTS]
