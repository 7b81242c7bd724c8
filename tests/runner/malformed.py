"""A good wall beside a broken one; some authoring tools write such files."""

from pathlib import Path

from tests.runner.step_files import PROJECT, guid, step_file

GOOD, BAD = guid(30), guid(50)

_LINES = """
#30=IFCWALL(GUID,'Good',$,$,#31,#40,$,$)
#31=IFCLOCALPLACEMENT($,#32)
#32=IFCAXIS2PLACEMENT3D(#33,$,$)
#33=IFCCARTESIANPOINT((0.,0.,0.))
#34=IFCRELCONTAINEDINSPATIALSTRUCTURE(GUID,$,$,(#30,#50),#21)
#35=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,0.01,#32,$)
#36=IFCGEOMETRICREPRESENTATIONSUBCONTEXT('Body','Model',*,*,*,*,#35,$,.MODEL_VIEW.,$)
#37=IFCBLOCK(#32,1000.,1000.,1000.)
#38=IFCCSGSOLID(#37)
#39=IFCSHAPEREPRESENTATION(#36,'Body','CSG',(#38))
#40=IFCPRODUCTDEFINITIONSHAPE($,$,(#39))
#50=IFCWALL(GUID,'Bad',$,$,#51,#60,$,$)
#51=IFCLOCALPLACEMENT({above},#52)
#52=IFCAXIS2PLACEMENT3D({point},$,$)
#53=IFCCARTESIANPOINT({place})
#58={item}
#59=IFCSHAPEREPRESENTATION(#36,'Body','{kind}',(#58))
#60=IFCPRODUCTDEFINITIONSHAPE($,$,(#59))
"""
_TETRAHEDRON = "IFCTRIANGULATEDFACESET(#70,$,.T.,((1,2,3),(1,2,4),(1,3,4),(2,3,4)),$)"
_CORNERS = "#70=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1000.,0.,{}),(0.,1000.,0.),(0.,0.,1000.)))"
_MAPPED = "#71=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#33,$,$)\n#70=IFCREPRESENTATIONMAP(#32,{})"

NUMBERS: dict[str, dict[str, str]] = {
    "placement at nan": {"place": "(0.,nan,0.)"},
    "placement at infinity": {"place": "(0.,1.E400,0.)"},
    "placement beyond reason": {"place": "(0.,1.E300,0.)"},
    "placement without a point": {"point": "$"},
    "vertex at nan": {"kind": "Tessellation", "item": _TETRAHEDRON, "extra": _CORNERS.format("nan")},
    "vertex at infinity": {"kind": "Tessellation", "item": _TETRAHEDRON, "extra": _CORNERS.format("1.E400")},
    "vertex beyond reason": {"kind": "Tessellation", "item": _TETRAHEDRON, "extra": _CORNERS.format("1.E200")},
    "index out of range": {
        "kind": "Tessellation",
        "item": _TETRAHEDRON.replace("(2,3,4)", "(2,3,99)"),
        "extra": _CORNERS.format("0."),
    },
    "flat direction": {
        "kind": "SweptSolid",
        "item": "IFCEXTRUDEDAREASOLID(#70,#32,#71,1000.)",
        "extra": "#70=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,100.,100.)\n#71=IFCDIRECTION((0.,0.,0.))",
    },
    "boolean without an operator": {
        "item": "IFCBOOLEANRESULT(.FOO.,#37,#70)",
        "extra": "#70=IFCBLOCK(#32,10.,10.,10.)",
    },
    "missing item": {"item": "IFCCSGSOLID(#999)"},
    "scaled to nothing": {
        "kind": "MappedRepresentation",
        "item": "IFCMAPPEDITEM(#70,#71)",
        "extra": _MAPPED.format("#39").replace("#33,$,$)", "#33,0.,$)"),
    },
}
"""Invalid numbers of the bad wall."""

CYCLES: dict[str, dict[str, str]] = {
    "placement": {"above": "#51"},
    "placements": {"above": "#70", "extra": "#70=IFCLOCALPLACEMENT(#51,#52)"},
    "parts": {"extra": "#70=IFCRELAGGREGATES(GUID,$,$,#50,(#30))\n#71=IFCRELAGGREGATES(GUID,$,$,#30,(#50))"},
    "structure": {"extra": "#70=IFCRELAGGREGATES(GUID,$,$,#21,(#20))"},
    "opening": {
        "extra": "#70=IFCRELVOIDSELEMENT(GUID,$,$,#50,#71)\n#71=IFCOPENINGELEMENT(GUID,$,$,$,#51,#60,$,$)\n"
        "#72=IFCRELFILLSELEMENT(GUID,$,$,#71,#50)"
    },
    "type": {
        "extra": "#70=IFCRELDEFINESBYTYPE(GUID,$,$,(#50),#71)\n#71=IFCWALLTYPE(GUID,'T',$,$,$,$,$,$,.SOLIDWALL.)\n"
        "#72=IFCRELAGGREGATES(GUID,$,$,#71,(#71))"
    },
    "boolean operand": {"item": "IFCBOOLEANRESULT(.UNION.,#58,#37)"},
    "mapped item": {
        "kind": "MappedRepresentation",
        "item": "IFCMAPPEDITEM(#70,#71)",
        "extra": _MAPPED.format("#59"),
    },
    "style": {"extra": "#70=IFCSTYLEDITEM(#58,(#71),$)\n#71=IFCPRESENTATIONSTYLEASSIGNMENT((#71))"},
    "material": {"extra": "#70=IFCRELASSOCIATESMATERIAL(GUID,$,$,(#50),#71)\n#71=IFCMATERIALLIST((#71))"},
    "property": {
        "extra": "#70=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#50),#71)\n#71=IFCPROPERTYSET(GUID,'P',$,(#72))\n"
        "#72=IFCCOMPLEXPROPERTY('C',$,'u',(#72))"
    },
    "classification": {
        "extra": "#70=IFCRELASSOCIATESCLASSIFICATION(GUID,$,$,(#50),#71)\n"
        "#71=IFCCLASSIFICATIONREFERENCE($,'a','b',#71,$,$)"
    },
    "unit": {
        "extra": "#70=IFCCONVERSIONBASEDUNIT($,.LENGTHUNIT.,'X',#71)\n#71=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(1.),#70)"
    },
}
"""Cycles of the bad wall: objects that are part of themselves."""


def two_walls(folder: Path, **broken: str) -> Path:
    """Write the file; the keywords replace parts of the bad wall, `extra` adds lines."""
    parts = {
        "above": "$",
        "point": "#53",
        "place": "(0.,0.,0.)",
        "item": "IFCCSGSOLID(#37)",
        "kind": "CSG",
        "extra": "",
    }
    parts |= broken
    return step_file(folder, PROJECT + _LINES.format(**parts) + parts["extra"])
