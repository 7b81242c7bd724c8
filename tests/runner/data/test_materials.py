"""Materials and classifications in the properties table."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ifcjob_runner.stages.properties import properties
from tests.runner.step_files import PROJECT, small_model


def table(folder: Path, lines: str, schema: str = "IFC4") -> list[dict[str, Any]]:
    properties(small_model(folder, PROJECT + lines, schema), folder / "properties.parquet")
    return pq.read_table(folder / "properties.parquet").to_pylist()


def test_materials_with_layers_and_their_properties(tmp_path: Path) -> None:
    rows = table(
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


def test_type_materials_and_constituent_and_profile_sets(tmp_path: Path) -> None:
    rows = table(
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


def test_type_classifications_apply_unless_their_system_is_overridden(tmp_path: Path) -> None:
    rows = table(
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
    rows = table(
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
