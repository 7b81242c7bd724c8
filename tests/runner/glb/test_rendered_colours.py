"""Colours and textures on the screen: a viewer that others wrote shows the GLB of a run, and pixels are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import textured
from tests.support.gltf_validator import gltf_validator
from tests.support.runs import run_file
from tests.support.viewer import viewer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.gltf_validator import GltfValidator
    from tests.support.viewer import Viewer

__all__ = ["gltf_validator", "viewer"]

TURNED = """#50=IFCCARTESIANTRANSFORMATIONOPERATOR2D(#51,$,#52,1.);
#51=IFCDIRECTION((0.,1.));
#52=IFCCARTESIANPOINT((1.,0.));"""
"""Texture coordinates are turned by 90 degrees to the left, so that the image appears turned to the right."""
QUARTERS = list(textured.CORNERS)
PANELS: dict[str, tuple[str, dict[str, Any]]] = {
    "triangles": (textured.panel(textured.triangles(), textured.STYLE, textured.pixels(), textured.COORDINATES), {}),
    "polygons": (
        textured.panel(textured.polygons(), textured.STYLE, textured.pixels(), schema="IFC4X3_ADD2"),
        {"compression": "quantize"},
    ),
    "brep": (
        textured.panel(textured.brep(), textured.STYLE, textured.pixels(), kind="SurfaceModel"),
        {"compression": "meshopt", "normals": "smooth"},
    ),
    "converted": (
        textured.panel(
            textured.triangles(), textured.STYLE, textured.blob(textured.bmp(), "BMP"), textured.COORDINATES
        ),
        {"normals": "flat"},
    ),
}


def test_a_grey_of_one_half_is_128_on_the_screen(tmp_path: Path, viewer: Viewer) -> None:
    path = tmp_path / "grey.ifc"
    path.write_text(textured.panel(textured.triangles(), textured.PLAIN_STYLE), encoding="ascii")
    ((colour,),) = viewer.colours({run_file(path, tmp_path / "out").glb: [(0.5, 0.5)]})
    assert colour == tuple(pytest.approx(128, abs=2) for _ in range(3))


def test_textures_show_their_pixels_in_the_right_corners(
    tmp_path: Path, viewer: Viewer, gltf_validator: GltfValidator
) -> None:
    glbs = [_glb(tmp_path / name, text, options) for name, (text, options) in PANELS.items()]
    shown = viewer.colours(dict.fromkeys(glbs, QUARTERS))
    assert shown == [list(textured.CORNERS.values())] * len(PANELS)
    assert gltf_validator.problems(*glbs) == []


def test_a_texture_transform_turns_the_texture(tmp_path: Path, viewer: Viewer) -> None:
    lines = textured.triangles(), textured.STYLE, textured.pixels(transform="#50"), textured.COORDINATES, TURNED
    ((*colours,),) = viewer.colours({_glb(tmp_path / "turned", textured.panel(*lines), {}): QUARTERS})
    # Turned clockwise: the red corner goes from the lower left to the upper left.
    red, green, blue, white = textured.CORNERS.values()
    assert colours == [green, white, red, blue]


def test_a_modulated_texture_is_darkened_by_the_colour(tmp_path: Path, viewer: Viewer) -> None:
    lines = textured.triangles(), textured.STYLE, textured.pixels(mode="'MODULATE'"), textured.COORDINATES
    ((_, _, _, white),) = viewer.colours({_glb(tmp_path / "tinted", textured.panel(*lines), {}): QUARTERS})
    assert white == tuple(pytest.approx(128, abs=2) for _ in range(3))


def _glb(folder: Path, text: str, options: dict[str, Any]) -> Path:
    folder.mkdir()
    path = folder / "panel.ifc"
    path.write_text(text, encoding="ascii")
    finished = run_file(path, folder / "out", gltf=options)
    assert [finding for finding in finished.manifest["findings"] if finding["code"] == "TextureNotDrawn"] == []
    return finished.glb
