"""Small IFC files, written line by line, with content that no real model has."""

from pathlib import Path

import ifcopenshell

from ifcjob_runner.data.model import Model
from tests.support.plain_step import END

_HEAD = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [DesignTransferView_V1.0, Other]'),'2;1');
FILE_NAME('n\\X\\E4me.ifc','2024-05-06T07:08:09',('Ada'),('Org'),'EDM 5','Autodesk Revit 2021 (ENU)','');
FILE_SCHEMA(('{schema}'));
ENDSEC;
DATA;
"""


def guid(number: int) -> str:
    """Return a valid GlobalId."""
    return f"{number:022d}"


def step_file(folder: Path, lines: str, schema: str = "IFC4") -> Path:
    """Write a file; `GUID` in a line becomes a GlobalId made of the line's number, and an unset owner history."""
    body = []
    for text in filter(None, map(str.strip, lines.splitlines())):
        number = int(text[1:].partition("=")[0])
        body.append(text.replace("GUID", f"'{guid(number)}',$") + ";")
    path = folder / "small.ifc"
    path.write_text(_HEAD.format(schema=schema) + "\n".join(body) + "\n" + END, encoding="ascii")
    return path


def small_model(folder: Path, lines: str, schema: str = "IFC4") -> Model:
    """Open such a file as a run does: lazily."""
    return Model(ifcopenshell.open(str(step_file(folder, lines, schema)), lazy=True))


PROJECT = """
#1=IFCPROJECT(GUID,'Project',$,$,$,$,$,#2)
#2=IFCUNITASSIGNMENT((#3,#4,#5,#6,#7))
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.)
#4=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.)
#5=IFCCONVERSIONBASEDUNIT($,.PLANEANGLEUNIT.,'DEGREE',#8)
#6=IFCMONETARYUNIT('EUR')
#7=IFCDERIVEDUNIT((#10,#11,#15),.THERMALTRANSMITTANCEUNIT.,$)
#8=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(0.0174532925199433),#9)
#9=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.)
#10=IFCDERIVEDUNITELEMENT(#12,1)
#11=IFCDERIVEDUNITELEMENT(#4,-1)
#12=IFCSIUNIT(*,.POWERUNIT.,$,.WATT.)
#15=IFCDERIVEDUNITELEMENT(#16,-1)
#16=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.KELVIN.)
#20=IFCBUILDING(GUID,'Building',$,$,$,$,$,.ELEMENT.,$,$,$)
#21=IFCBUILDINGSTOREY(GUID,'Ground',$,$,$,$,'Long',.ELEMENT.,3000.)
#22=IFCRELAGGREGATES(GUID,$,$,#1,(#20))
#23=IFCRELAGGREGATES(GUID,$,$,#20,(#21))
"""
"""A project in millimetres with one building and one storey, numbers below 30."""
