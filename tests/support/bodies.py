"""A small IFC file as text, around bodies that a test writes by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ifcopenshell

from ifcjob_runner.geometry.canonical import signed_volume
from ifcjob_runner.geometry.direct.attributes import Attributes
from tests.support.plain_step import file_with

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

UNITS = {"m": ("$,.METRE.", 1.0), "mm": (".MILLI.,.METRE.", 0.001), "ft": (None, 0.3048)}
"""IfcSIUnit's prefix and name, and the metres per unit."""
GUID = "1o12bdiY5TkPmkIcIr9bAG"
_START = """#1=IFCCARTESIANPOINT((0.,0.,0.));
#2=IFCAXIS2PLACEMENT3D(#1,$,$);
#3=IFCDIRECTION((0.,0.,1.));
#4=IFCDIRECTION((1.,0.,0.));
#5=IFCDIRECTION((0.,1.,0.));
#6=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#2,$);
#7=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#8=IFCDIMENSIONALEXPONENTS(0,0,0,0,0,0,0);
#9=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(0.017453292519943295),#7);
#10=IFCCONVERSIONBASEDUNIT(#8,.PLANEANGLEUNIT.,'DEGREE',#9);
{length}
#15=IFCUNITASSIGNMENT((#14,{angle}));
#16=IFCPROJECT('2TPBlE$ADUmRnNF0eQPuW7',$,'P',$,$,$,$,(#6),#15);
#17=IFCLOCALPLACEMENT($,#2);
#18=IFCCARTESIANPOINT((0.,0.));
#19=IFCAXIS2PLACEMENT2D(#18,$);
"""


def text_of(*bodies: str, schema: str = "IFC4", unit: str = "m", angle: str = "RADIAN") -> str:
    """Return a file with one proxy per body: lines of STEP text, the last of which is the body's item.

    The file defines #1 (the origin), #2 (a placement there), #3, #4, #5 (directions z, x, y), #18 and #19 (the origin
    and a placement in two dimensions); bodies use numbers from 20 to 899, each its own.
    """
    prefix, scale = UNITS[unit]
    length = (
        f"#14=IFCSIUNIT(*,.LENGTHUNIT.,{prefix});"
        if prefix
        else f"#11=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#12=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE({scale}),#11);\n"
        "#13=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);\n#14=IFCCONVERSIONBASEDUNIT(#13,.LENGTHUNIT.,'FOOT',#12);"
    )
    lines = [_START.format(length=length, angle="#7" if angle == "RADIAN" else "#10")]
    for number, body in enumerate(bodies):
        first = 900 + 3 * number
        guid = GUID[:-1] + chr(ord("A") + number)
        lines.append(
            f"{body}\n#{first}=IFCSHAPEREPRESENTATION(#6,'Body','AdvancedSweptSolid',(#{item_number(body)}));\n"
            f"#{first + 1}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{first}));\n"
            f"#{first + 2}=IFCBUILDINGELEMENTPROXY('{guid}',$,$,$,$,#17,#{first + 1},$,$);\n"
        )
    return file_with("".join(lines), schema)


def item_number(body: str) -> int:
    """Return the STEP id of a body's item."""
    return int(body.strip().splitlines()[-1].partition("=")[0][1:])


def opened(body: str, *, schema: str = "IFC4", unit: str = "m", angle: str = "RADIAN") -> tuple[Any, Attributes]:
    """Return the item of a body, and the reader of its attributes."""
    file = ifcopenshell.file.from_string(text_of(body, schema=schema, unit=unit, angle=angle))
    return file.by_id(item_number(body)), Attributes(file, UNITS[unit][1])


def polyline(number: int, *points: tuple[float, ...]) -> str:
    """Return the lines of an IfcPolyline with this number; its points have the numbers after it."""
    lines = [
        f"#{number + 1 + i}=IFCCARTESIANPOINT(({','.join(repr(float(x)) for x in point)}));"
        for i, point in enumerate(points)
    ]
    listed = ",".join(f"#{number + 1 + i}" for i in range(len(points)))
    return "\n".join((*lines, f"#{number}=IFCPOLYLINE(({listed}));\n"))


def closed_volume(points: npt.NDArray[np.float64], triangles: npt.NDArray[np.int64]) -> float:
    """Return the volume of a mesh; fails the test unless each edge has one triangle on each side."""
    edges = [(int(a), int(b)) for row in triangles for a, b in zip(row, (*row[1:], row[0]), strict=True)]
    assert len(set(edges)) == len(edges)
    assert {(b, a) for a, b in edges} == set(edges)
    return signed_volume(points, triangles)
