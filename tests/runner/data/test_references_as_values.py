"""References where the file should have values, and to instances without a name, appear as `#42`."""

from pathlib import Path

import ifcopenshell
import pyarrow.parquet as pq

from ifcjob_runner.data.model import Model
from ifcjob_runner.stages.properties import properties
from tests.runner.step_files import PROJECT, step_file

LINES = """
#30=IFCWALL(GUID,'Wall',$,$,$,$,$,$)
#31=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#32)
#32=IFCPROPERTYSET(GUID,'Mixed',$,(#33,#35,#36,#37))
#33=IFCPROPERTYREFERENCEVALUE('Reference',$,$,#60)
#34=IFCPROPERTYSINGLEVALUE('Single',$,#60,$)
#35=IFCPROPERTYLISTVALUE('List',$,(#60,#61),$)
#36=IFCPROPERTYBOUNDEDVALUE('Bounds',$,#60,#61,$,$)
#37=IFCPROPERTYTABLEVALUE('Table',$,(#60),(#61),$,$,$,$)
#38=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#39)
#39=IFCPROPERTYSET(GUID,'Singles',$,(#34))
#41=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#42)
#42=IFCREINFORCEMENTDEFINITIONPROPERTIES(GUID,$,$,$,(#43,#44))
#43=IFCSECTIONREINFORCEMENTPROPERTIES(0.,1.,$,.MAIN.,#60,())
#44=IFCSECTIONREINFORCEMENTPROPERTIES(0.,1.,$,.MAIN.,#60,())
#45=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#30),#46)
#46=IFCELEMENTQUANTITY(GUID,'Quantities',$,$,(#47))
#47=IFCQUANTITYLENGTH('Length',$,$,#60,$)
#60=IFCPERSON($,$,$,$,$,$,$,$)
#61=IFCPROFILEDEF(.AREA.,$)
"""


def values(folder: Path, shift: int) -> dict[str, str]:
    """Read the values of a file whose instances had numbers that were larger by `shift`."""
    file = ifcopenshell.open(str(step_file(folder, PROJECT + LINES)), lazy=True)
    properties(Model(file, lambda number: number + shift), folder / "properties.parquet")
    return {r["name"]: r["value"] for r in pq.read_table(folder / "properties.parquet").to_pylist()}


def test_a_reference_is_never_read_as_a_value(tmp_path: Path) -> None:
    assert values(tmp_path, 0) == {
        "Reference": "#60",
        "Single": "#60",
        "List": '["#60","#61"]',
        "Bounds": '{"lower":"#61","upper":"#60"}',
        "Table": '{"defining":["#60"],"defined":["#61"]}',
        "ReinforcementSectionDefinitions": '["#43","#44"]',
        "Length": "#60",
    }


def test_a_reference_has_the_number_in_the_users_file(tmp_path: Path) -> None:
    plain = values(tmp_path, 0)
    raised = values(tmp_path, 5_000_000_000)
    assert raised == {name: text.replace("#", "#50000000") for name, text in plain.items()}
