"""Every engine draws the colours that planning finds: those of layers, shape aspects, shells and mapped items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
#85=IFCCOLOURRGB($,0.,1.,0.);
#86=IFCSURFACESTYLE('Blue',.BOTH.,(#87));
#87=IFCSURFACESTYLESHADING(#88,0.);
#88=IFCCOLOURRGB($,0.,0.,1.);"""
BLOCKS = """#20=IFCBLOCK(#3,1.,1.,1.);
#21=IFCBLOCK(#50,1.,1.,1.);
#22=IFCMAPPEDITEM(#61,#62);
#50=IFCAXIS2PLACEMENT3D(#51,$,$);
#51=IFCCARTESIANPOINT((2.,0.,0.));
#61=IFCREPRESENTATIONMAP(#3,#63);
#62=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#64,1.,$);
#63=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#65,#66));
#64=IFCCARTESIANPOINT((4.,0.,0.));
#65=IFCBLOCK(#3,1.,1.,1.);
#66=IFCBLOCK(#50,1.,1.,1.);"""
LAYER_AND_ASPECT = """#90=IFCPRESENTATIONLAYERWITHSTYLE('L',$,(#20),$,.T.,.F.,.F.,(#80));
#91=IFCMATERIAL('Green',$,$);
#92=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#93),#91);
#93=IFCSTYLEDREPRESENTATION(#5,$,$,(#94));
#94=IFCSTYLEDITEM($,(#83),$);
#95=IFCMATERIALCONSTITUENTSET($,$,(#96));
#96=IFCMATERIALCONSTITUENT('Core',$,#91,$,$);
#97=IFCRELASSOCIATESMATERIAL('3kTvXnbbzCWw8lcMd1dR4o',$,$,$,(#8),#95);
#98=IFCSHAPEASPECT((#99),'Core',$,.T.,#9);
#99=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#21));
#100=IFCSTYLEDITEM(#22,(#86),$);"""
OPENING = """#70=IFCRELVOIDSELEMENT('1kTvXnbbzCWw8lcMd1dR4o',$,$,$,#8,#71);
#71=IFCOPENINGELEMENT('2kTvXnbbzCWw8lcMd1dR4o',$,$,$,$,#4,#72,$,$);
#72=IFCPRODUCTDEFINITIONSHAPE($,$,(#73));
#73=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#74));
#74=IFCBLOCK(#3,9.,0.5,0.5);"""
SHELLS = """#20=IFCSHELLBASEDSURFACEMODEL((#21,#22,#23));
#21=IFCOPENSHELL((#31));
#22=IFCOPENSHELL((#32));
#23=IFCOPENSHELL((#33));
#31=IFCFACE((#41));
#32=IFCFACE((#42));
#33=IFCFACE((#43));
#41=IFCFACEOUTERBOUND(#51,.T.);
#42=IFCFACEOUTERBOUND(#52,.T.);
#43=IFCFACEOUTERBOUND(#53,.T.);
#51=IFCPOLYLOOP((#61,#62,#63));
#52=IFCPOLYLOOP((#62,#64,#63));
#53=IFCPOLYLOOP((#61,#62,#64));
#61=IFCCARTESIANPOINT((0.,0.,0.));
#62=IFCCARTESIANPOINT((1.,0.,0.));
#63=IFCCARTESIANPOINT((0.,0.,1.));
#64=IFCCARTESIANPOINT((1.,1.,1.));
#100=IFCSTYLEDITEM(#21,(#80),$);
#101=IFCSTYLEDITEM(#22,(#83),$);"""


@pytest.mark.parametrize("opening", ["", OPENING], ids=["whole", "cut"])
@pytest.mark.parametrize("options", [{}, {"linearDeflection": 0.01}], ids=["usual", "opencascade"])
def test_layers_aspects_and_mapped_items_have_their_colours(
    tmp_path: Path, opening: str, options: dict[str, Any]
) -> None:
    text = textured.panel(BLOCKS, STYLES, LAYER_AND_ASPECT, opening, items="#20,#21,#22", kind="CSG")
    assert _colours(tmp_path, text, options) == {RED: (0, 1), GREEN: (2, 3), BLUE: (4, 7)}


def test_an_item_has_the_colours_of_its_shells(tmp_path: Path) -> None:
    text = textured.panel(SHELLS, STYLES, kind="SurfaceModel")
    assert set(_colours(tmp_path, text, {})) == {RED, GREEN, GREY}
    text = textured.panel(SHELLS.replace("(#21,#22,#23)", "(#21)"), STYLES, kind="SurfaceModel")
    assert set(_colours(tmp_path / "one", text, {})) == {RED}


def test_a_texture_on_a_body_whose_shells_have_several_colours_is_reported(tmp_path: Path) -> None:
    texture = "\n".join(
        (
            textured.pixels(),
            "#44=IFCTEXTUREMAP((#40),(#45,#46,#47),#31);",
            *("#45=IFCTEXTUREVERTEX((0.,0.));", "#46=IFCTEXTUREVERTEX((1.,0.));", "#47=IFCTEXTUREVERTEX((0.,1.));"),
        )
    )
    path = tmp_path / "a.ifc"
    path.write_text(textured.panel(SHELLS, STYLES, texture, kind="SurfaceModel"), encoding="ascii")
    findings = run_file(path, tmp_path / "out").manifest["findings"]
    (finding,) = (finding for finding in findings if finding["code"] == "TextureNotDrawn")
    assert finding["message"] == "Not drawn: texture #40: an item of the body has several colours"


def _colours(folder: Path, text: str, options: dict[str, Any]) -> dict[Any, tuple[Any, Any]]:
    """Return the extent along X of each colour."""
    folder.mkdir(exist_ok=True)
    path = folder / "a.ifc"
    path.write_text(text, encoding="ascii")
    element = Glb(run_file(path, folder / "out", gltf=options).glb).drawn()[textured.PANEL]
    corners: dict[Any, list[float]] = {}
    for colour, triangle in zip(element.colours, element.triangles, strict=True):
        corners.setdefault(colour, []).extend(element.positions[triangle][:, 0].tolist())
    return {colour: (pytest.approx(min(xs)), pytest.approx(max(xs))) for colour, xs in corners.items()}
