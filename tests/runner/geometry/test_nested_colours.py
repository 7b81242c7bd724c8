"""Colours that the items of a body get from their operands, layers, shape aspects, materials and colour maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import textured
from tests.support.glb import Glb
from tests.support.runs import run_file

if TYPE_CHECKING:
    from pathlib import Path

RED, GREEN, BLUE = (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)
GREY = (0.7, 0.7, 0.7, 1.0)
STYLES = """#80=IFCSURFACESTYLE('Red',.BOTH.,(#81));
#81=IFCSURFACESTYLESHADING(#82,0.);
#82=IFCCOLOURRGB($,1.,0.,0.);
#83=IFCSURFACESTYLE('Green',.BOTH.,(#84));
#84=IFCSURFACESTYLESHADING(#85,0.);
#85=IFCCOLOURRGB($,0.,1.,0.);"""
CSG = """#20=IFCCSGSOLID(#21);
#21=IFCBOOLEANRESULT(.DIFFERENCE.,#22,#23);
#22=IFCBLOCK(#3,2.,2.,2.);
#23=IFCBLOCK(#3,1.,1.,1.);"""
GREEN_MATERIAL = """#91=IFCMATERIAL('Green',$,$);
#92=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#93),#91);
#93=IFCSTYLEDREPRESENTATION(#5,$,$,(#94));
#94=IFCSTYLEDITEM($,(#83),$);"""
BLOCK = "#20=IFCBLOCK(#3,1.,1.,1.);"
CUBE = """#20=IFCPOLYGONALFACESET(#21,.T.,(#31,#32,#33,#34,#35,#36),$);
#21=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(1.,1.,0.),(0.,1.,0.),(0.,0.,1.),(1.,0.,1.),(1.,1.,1.),(0.,1.,1.)));
#31=IFCINDEXEDPOLYGONALFACE((1,4,3,2));
#32=IFCINDEXEDPOLYGONALFACE((5,6,7,8));
#33=IFCINDEXEDPOLYGONALFACE((1,2,6,5));
#34=IFCINDEXEDPOLYGONALFACE((2,3,7,6));
#35=IFCINDEXEDPOLYGONALFACE((3,4,8,7));
#36=IFCINDEXEDPOLYGONALFACE((4,1,5,8));
#40=IFCCOLOURRGBLIST(((1.,0.,0.),(0.,1.,0.),(0.,0.,1.)));"""


@pytest.mark.parametrize(
    ("styled", "colour"),
    [
        ("#98=IFCSTYLEDITEM(#22,(#80),$);", RED),
        ("#98=IFCSTYLEDITEM(#21,(#80),$);", RED),
        ("#98=IFCSTYLEDITEM(#23,(#80),$);", GREY),
        ("#99=IFCPRESENTATIONLAYERWITHSTYLE('L',$,(#22),$,.T.,.F.,.F.,(#83));", GREEN),
        (
            "#98=IFCSTYLEDITEM(#22,(#80),$);\n#99=IFCPRESENTATIONLAYERWITHSTYLE('L',$,(#20),$,.T.,.F.,.F.,(#83));",
            RED,
        ),
    ],
    ids=["first operand", "root", "second operand", "layer of operand", "operand before layer"],
)
def test_a_csg_solid_has_the_colour_of_its_first_operand(
    tmp_path: Path, styled: str, colour: tuple[float, ...]
) -> None:
    assert set(_colours(tmp_path, textured.panel(CSG, STYLES, styled, kind="CSG"))) == {colour}


@pytest.mark.parametrize(
    "assigned",
    [
        "IFCMATERIALLAYER(#91,1.,$,$,$,$,$)",
        "IFCMATERIALPROFILE($,$,#91,#96,$,$)",
        "IFCMATERIALCONSTITUENT('Core',$,#91,$,$)",
        "IFCMATERIALLIST((#91,#91))",
    ],
    ids=["layer", "profile", "constituent", "same material twice"],
)
def test_a_member_of_a_material_set_colours_the_product(tmp_path: Path, assigned: str) -> None:
    lines = f"""#95={assigned};
#96=IFCCIRCLEPROFILEDEF(.AREA.,$,$,1.);
#97=IFCRELASSOCIATESMATERIAL('3kTvXnbbzCWw8lcMd1dR4o',$,$,$,(#8),#95);"""
    assert set(_colours(tmp_path, textured.panel(BLOCK, STYLES, GREEN_MATERIAL, lines, kind="CSG"))) == {GREEN}


def test_shape_aspects_of_a_representation_map_colour_its_items(tmp_path: Path) -> None:
    lines = """#20=IFCMAPPEDITEM(#61,#62);
#61=IFCREPRESENTATIONMAP(#3,#63);
#62=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#64,1.,$);
#63=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#65,#66));
#64=IFCCARTESIANPOINT((4.,0.,0.));
#65=IFCBLOCK(#3,1.,1.,1.);
#66=IFCBLOCK(#3,2.,2.,2.);
#95=IFCMATERIALCONSTITUENTSET($,$,(#96,#101));
#101=IFCMATERIALCONSTITUENT('Skin',$,#102,$,$);
#102=IFCMATERIAL('Skin',$,$);
#96=IFCMATERIALCONSTITUENT('Core',$,#91,$,$);
#97=IFCRELASSOCIATESMATERIAL('3kTvXnbbzCWw8lcMd1dR4o',$,$,$,(#8),#95);
#98=IFCSHAPEASPECT((#99),'Core',$,.T.,#61);
#99=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#65));
#100=IFCSTYLEDITEM(#66,(#80),$);"""
    text = textured.panel(lines, STYLES, GREEN_MATERIAL, kind="MappedRepresentation")
    assert set(_colours(tmp_path, text)) == {GREEN, RED}


@pytest.mark.parametrize(
    ("indices", "colours"),
    [
        ("1,1,2,2,3,3", [RED] * 4 + [GREEN] * 4 + [BLUE] * 4),
        ("0,0,1,1,2,2", [RED] * 4 + [GREEN] * 4 + [BLUE] * 4),
        ("1,2", [RED] * 2 + [GREEN] * 10),
        ("1,2,3,1,2,3,1,2", [RED] * 4 + [GREEN] * 4 + [BLUE] * 4),
        ("1,1,2,2,9,-1", [RED] * 4 + [GREEN] * 4 + [GREY] * 4),
    ],
    ids=["each", "from zero", "short", "long", "out of range"],
)
def test_polygons_have_their_indexed_colours_and_no_face_is_lost(
    tmp_path: Path, indices: str, colours: list[tuple[float, ...]]
) -> None:
    text = textured.panel(CUBE, f"#41=IFCINDEXEDCOLOURMAP(#20,$,#40,({indices}));", kind="Tessellation")
    assert sorted(_colours(tmp_path, text)) == sorted(colours)


BREP = """#20=IFCFACETEDBREP(#21);
#21=IFCCLOSEDSHELL((#31,#32,#33,#34));
#31=IFCFACE((#41));
#32=IFCFACE((#42));
#33=IFCFACE((#43));
#34=IFCFACE((#44));
#41=IFCFACEOUTERBOUND(#45,.T.);
#42=IFCFACEOUTERBOUND(#46,.T.);
#43=IFCFACEOUTERBOUND(#47,.T.);
#44=IFCFACEOUTERBOUND(#48,.T.);
#45=IFCPOLYLOOP((#51,#53,#52));
#46=IFCPOLYLOOP((#51,#52,#54));
#47=IFCPOLYLOOP((#52,#53,#54));
#48=IFCPOLYLOOP((#53,#51,#54));
#51=IFCCARTESIANPOINT((0.,0.,0.));
#52=IFCCARTESIANPOINT((2.,0.,0.));
#53=IFCCARTESIANPOINT((0.,2.,0.));
#54=IFCCARTESIANPOINT((0.,0.,2.));"""


@pytest.mark.parametrize("body", ["alone", "mapped", "item styled too"])
@pytest.mark.parametrize("shape", ["brep", "polygons"])
def test_a_style_of_a_single_face_colours_that_face(tmp_path: Path, shape: str, body: str) -> None:
    lines = BREP if shape == "brep" else CUBE
    rest, others = (3, GREY) if shape == "brep" else (10, GREY)
    styled = "#98=IFCSTYLEDITEM(#32,(#80),$);"
    if body == "item styled too":
        styled, others = styled + "\n#99=IFCSTYLEDITEM(#20,(#83),$);", GREEN
    if body == "mapped":
        lines = (
            "#20=IFCMAPPEDITEM(#61,#62);\n#61=IFCREPRESENTATIONMAP(#3,#63);\n#64=IFCCARTESIANPOINT((4.,0.,0.));\n"
            "#62=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#64,1.,$);\n"
            "#63=IFCSHAPEREPRESENTATION(#5,'Body','Brep',(#66));\n" + lines.replace("#20=", "#66=")
        )
    colours = _colours(tmp_path, textured.panel(lines, STYLES, styled, kind="Brep"))
    assert sorted(colours) == sorted([RED] * (1 if shape == "brep" else 2) + [others] * rest)


def test_a_colour_that_a_colour_map_lacks_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    text = textured.panel(CUBE, "#41=IFCINDEXEDCOLOURMAP(#20,$,#40,(9));", kind="Tessellation")
    path.write_text(text, encoding="ascii")
    (doubtful,) = run_file(path, tmp_path / "out").manifest["coverage"]["doubtful"]
    assert doubtful["reason"] == "ColourUnknown"


def _colours(folder: Path, text: str) -> list[tuple[float, ...]]:
    """Return the colour of each triangle."""
    path = folder / "a.ifc"
    path.write_text(text, encoding="ascii")
    return Glb(run_file(path, folder / "out").glb).drawn()[textured.PANEL].colours
