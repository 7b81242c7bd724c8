"""Textures in the GLB: where their images may come from, what they become, and what is reported instead."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from ifcjob_runner.glb import images
from ifcjob_runner.glb.images import UnusableImageError, usable_image
from tests.support import textured
from tests.support.glb import Glb
from tests.support.runs import Finished, run_file

if TYPE_CHECKING:
    from pathlib import Path

GREY = (0.5, 0.5, 0.5, 1.0)
OPENING = """#70=IFCRELVOIDSELEMENT('1kTvXnbbzCWw8lcMd1dR4o',$,$,$,#8,#71);
#71=IFCOPENINGELEMENT('2kTvXnbbzCWw8lcMd1dR4o',$,$,$,$,#4,#72,$,$);
#72=IFCPRODUCTDEFINITIONSHAPE($,$,(#73));
#73=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#74));
#74=IFCBLOCK(#3,1.,1.,1.);"""
MATERIAL = """#30=IFCSTYLEDITEM($,(#31),$);
#80=IFCMATERIAL('Tile',$,$);
#81=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#82),#80);
#82=IFCSTYLEDREPRESENTATION(#5,$,$,(#30));
#83=IFCRELASSOCIATESMATERIAL('3kTvXnbbzCWw8lcMd1dR4o',$,$,$,(#8),#80);"""
OF_MATERIAL = MATERIAL + textured.STYLE.split("$);", 1)[1]
TRUNCATED = textured.png()[:-20]


@pytest.mark.parametrize(
    "texture",
    [
        pytest.param(textured.blob(textured.png()), id="blob"),
        pytest.param(textured.image(textured.data_uri(textured.png())), id="data-uri"),
    ],
)
def test_a_png_keeps_its_bytes(tmp_path: Path, texture: str) -> None:
    finished = _run(tmp_path, textured.panel(textured.triangles(), textured.STYLE, texture, textured.COORDINATES))
    assert textured.png() in finished.glb.read_bytes()
    assert _reported(finished) == []


def test_an_image_beside_the_file_in_its_archive_is_drawn(tmp_path: Path) -> None:
    text = textured.panel(
        textured.triangles(), textured.STYLE, textured.image("Images\\\\tile%201.png"), textured.COORDINATES
    )
    with zipfile.ZipFile(tmp_path / "a.ifczip", "w") as archive:
        archive.writestr("model/panel.ifc", text)
        archive.writestr("model/images/tile 1.png", textured.png())
    finished = run_file(tmp_path / "a.ifczip", tmp_path / "out")
    assert textured.png() in finished.glb.read_bytes()
    assert _reported(finished) == []


def test_a_texture_of_the_material_is_drawn(tmp_path: Path) -> None:
    finished = _run(
        tmp_path, textured.panel(textured.triangles(), OF_MATERIAL, textured.pixels(), textured.COORDINATES)
    )
    assert Glb(finished.glb).json["textures"] == [{"source": 0, "sampler": 0}]


def test_a_texture_is_drawn_on_one_of_several_items_also_when_they_are_mapped(tmp_path: Path) -> None:
    mapped = """#11=IFCMAPPEDITEM(#12,#14);
#12=IFCREPRESENTATIONMAP(#3,#13);
#13=IFCSHAPEREPRESENTATION(#5,'Body','Tessellation',(#20));
#14=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#2,1.,$);
#15=IFCBLOCK(#3,1.,1.,1.);
#17=IFCEXTRUDEDAREASOLID(#18,#3,#19,1.);
#18=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,1.);
#19=IFCDIRECTION((0.,0.,1.));"""
    for items in ("#20,#17", "#11,#15,#17"):
        lines = (textured.triangles(), mapped, textured.STYLE, textured.pixels(), textured.COORDINATES)
        finished = _run(tmp_path / items[1:3], textured.panel(*lines, items=items))
        assert _reported(finished) == []
        primitives = Glb(finished.glb).json["meshes"][0]["primitives"]
        assert sorted("TEXCOORD_0" in primitive["attributes"] for primitive in primitives) == [False, True]


def test_a_texture_of_the_only_mapped_item_is_reported_when_it_is_not_drawn(tmp_path: Path) -> None:
    mapped = """#11=IFCMAPPEDITEM(#12,#14);
#12=IFCREPRESENTATIONMAP(#3,#13);
#13=IFCSHAPEREPRESENTATION(#5,'Body','CSG',(#15));
#14=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#2,1.,$);
#15=IFCBLOCK(#3,1.,1.,1.);"""
    style = textured.STYLE.replace("IFCSTYLEDITEM(#20", "IFCSTYLEDITEM(#11")
    finished = _run(tmp_path, textured.panel(mapped, style, textured.pixels(), items="#11"))
    (finding,) = _reported(finished)
    assert finding["message"] == "Not drawn: texture #40: the item has no texture coordinates for it"


def test_an_item_that_lacks_the_texture_of_another_item_is_reported(tmp_path: Path) -> None:
    second = """#15=IFCBLOCK(#3,1.,1.,1.);
#16=IFCSTYLEDITEM(#15,(#31),$);"""
    lines = (textured.triangles(), second, textured.STYLE, textured.pixels(), textured.COORDINATES)
    finished = _run(tmp_path, textured.panel(*lines, items="#20,#15"))
    (finding,) = _reported(finished)
    assert finding["message"] == "Not drawn: texture #40: the item has no texture coordinates for it"
    assert "textures" in Glb(finished.glb).json


def test_a_replacing_texture_is_unlit_and_a_clamped_one_is_not_repeated(tmp_path: Path) -> None:
    texture = textured.pixels(mode="'REPLACE'").replace(".T.,.T.", ".F.,.T.")
    finished = _run(tmp_path, textured.panel(textured.triangles(), textured.STYLE, texture, textured.COORDINATES))
    document = Glb(finished.glb).json
    assert document["extensionsUsed"] == ["KHR_materials_unlit"]
    assert document["materials"][0]["extensions"] == {"KHR_materials_unlit": {}}
    assert (document["samplers"][0]["wrapS"], document["samplers"][0]["wrapT"]) == (33071, 10497)


@pytest.mark.parametrize(
    ("components", "pixel", "mode"),
    [(1, "0FF", "L"), (2, "0FF80", "LA"), (3, "0FF0000", "RGB"), (4, "0FF000080", "RGBA")],
)
def test_pixel_textures_of_one_to_four_components_are_drawn(
    tmp_path: Path, components: int, pixel: str, mode: str
) -> None:
    texture = f'#40=IFCPIXELTEXTURE(.T.,.T.,$,$,$,1,2,{components},("{pixel}","{pixel}"));'
    finished = _run(tmp_path, textured.panel(textured.triangles(), textured.STYLE, texture, textured.COORDINATES))
    document = Glb(finished.glb).json
    content = finished.glb.read_bytes()
    image = Image.open(io.BytesIO(content[content.index(b"\x89PNG") :]))
    assert (image.mode, image.size) == (mode, (1, 2))
    assert document["materials"][0].get("alphaMode", "OPAQUE") == ("OPAQUE" if components % 2 else "BLEND")
    tinted = "baseColorFactor" in document["materials"][0]["pbrMetallicRoughness"]
    assert tinted == (components < 3), "grey textures are the intensity of the colour"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param((textured.image("https://example.com/a.png"), textured.COORDINATES), "not in the file", id="url"),
        pytest.param((textured.image("a.png"), textured.COORDINATES), "not in the file", id="relative"),
        pytest.param((textured.image("file:///etc/passwd"), textured.COORDINATES), "not in the file", id="local"),
        pytest.param((textured.blob(b"text"), textured.COORDINATES), "not a readable image", id="text"),
        pytest.param((textured.blob(TRUNCATED), textured.COORDINATES), "the image is damaged", id="truncated"),
        pytest.param(
            (textured.image("data:image/png;base64,A"), textured.COORDINATES), "damaged", id="broken-data-uri"
        ),
        pytest.param((textured.pixels(mode="'NORMAL'"), textured.COORDINATES), "mode is 'NORMAL'", id="mode"),
        pytest.param((textured.pixels().replace("2,2,3", "3,2,3"), textured.COORDINATES), "4 pixels", id="pixels"),
        pytest.param((textured.pixels(),), "no texture coordinates", id="no-coordinates"),
        pytest.param(
            (textured.pixels(), "#41=IFCTEXTURECOORDINATEGENERATOR((#40),'COORD',$);"), "Generator", id="generator"
        ),
        pytest.param(
            (textured.pixels(), textured.COORDINATES.replace("(1,2,3)", "(1,2,9)")), "out of range", id="index"
        ),
        pytest.param((textured.pixels(), textured.COORDINATES, OPENING), "openings cut", id="opening"),
    ],
)
def test_a_texture_that_is_not_drawn_is_reported(tmp_path: Path, lines: tuple[str, ...], reason: str) -> None:
    finished = _run(tmp_path, textured.panel(textured.triangles(), textured.STYLE, *lines))
    (finding,) = _reported(finished)
    assert finding["message"].startswith("Not drawn: texture #40")
    assert reason in finding["message"]
    assert finding["globalIds"] == [textured.PANEL]
    element = Glb(finished.glb).drawn()[textured.PANEL]
    assert set(element.colours) == {GREY}
    assert "textures" not in Glb(finished.glb).json


def test_a_texture_of_ifc2x3_is_reported(tmp_path: Path) -> None:
    lines = (
        textured.brep().split("#41=")[0],
        textured.STYLE.replace("#32=IFCSURFACESTYLESHADING(#34,0.)", "#32=IFCSURFACESTYLESHADING(#34)"),
        "#40=IFCIMAGETEXTURE(.T.,.T.,.TEXTURE.,$,'tile.png');",
    )
    finished = _run(tmp_path, textured.panel(*lines, schema="IFC2X3", kind="SurfaceModel"))
    (finding,) = _reported(finished)
    assert finding["message"].startswith("Not drawn: texture #40 'tile.png': IFC2X3")
    assert finding["globalIds"] == [textured.PANEL]


def test_a_large_texture_is_scaled_down_with_a_finding(tmp_path: Path) -> None:
    texture = textured.blob(textured.png(images.MAX_SIDE * 2, 4))
    finished = _run(tmp_path, textured.panel(textured.triangles(), textured.STYLE, texture, textured.COORDINATES))
    (finding,) = _reported(finished)
    assert finding["code"] == "TextureScaled"
    assert finding["message"].endswith("from 8192 x 4 to 4096 x 2")
    content = finished.glb.read_bytes()
    assert Image.open(io.BytesIO(content[content.index(b"\x89PNG") :])).size == (4096, 2)


@pytest.mark.parametrize("side", [8_193, 60_000])
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(UnusableImageError, match="it has more than 67,108,864 pixels"):
        usable_image(textured.png(claimed=(side, side)))


def test_a_jpeg_keeps_its_bytes_unless_it_is_cmyk() -> None:
    for mode, kept in (("RGB", True), ("L", True), ("CMYK", False)):
        target = io.BytesIO()
        Image.new(mode, (8, 8)).save(target, "JPEG")
        image = usable_image(target.getvalue())
        assert (image.media_type, image.content == target.getvalue()) == ("image/jpeg", kept), mode


def test_an_image_of_too_many_bytes_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 4000)
    target = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(target, "PNG")
    image = usable_image(target.getvalue())
    assert image.scaled == "64 x 64 to 32 x 32"
    assert len(image.content) <= 4000


@pytest.mark.parametrize("compression", ["none", "quantize", "meshopt"])
def test_textured_bytes_are_the_same_for_any_number_of_workers(tmp_path: Path, compression: str) -> None:
    text = textured.panel(textured.polygons(), textured.STYLE, textured.pixels(), schema="IFC4X3_ADD2")
    options = {"compression": compression, "normals": "smooth"}
    glbs = [
        _run(tmp_path / str(workers), text, gltf=options, limits={"workers": workers}).glb.read_bytes()
        for workers in (1, 2, 3)
    ]
    assert glbs[0] == glbs[1] == glbs[2]


def _run(folder: Path, text: str, **request: Any) -> Finished:
    folder.mkdir(exist_ok=True)
    path = folder / "panel.ifc"
    path.write_text(text, encoding="ascii")
    finished = run_file(path, folder / "out", **request)
    assert finished.report.outcome == "Succeeded", finished.report.failure
    return finished


def _reported(finished: Finished) -> list[dict[str, Any]]:
    return [finding for finding in finished.manifest["findings"] if finding["code"].startswith("Texture")]
