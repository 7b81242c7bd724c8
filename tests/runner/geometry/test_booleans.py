"""Boolean operations and openings against values worked out by hand."""

from __future__ import annotations

from itertools import product
from math import cos, pi, prod, radians, sin, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.glb import Glb, GlbElement
from tests.support.runs import run_file
from tests.support.solid_text import Point, SolidText

if TYPE_CHECKING:
    from pathlib import Path

Box = tuple[Point, Point]
HOST: Box = ((0.0, 0.0, 0.0), (2.0, 1.0, 1.0))
WALL: Box = ((0.0, 0.0, 0.0), (4.0, 0.2, 3.0))
OFFSETS = (0.0, 1e-6, -1e-6, 1e-5, -1e-5, 5e-5, -5e-5)
"""Metres by which a face may miss another one and still be flush."""
SECOND = {
    "apart": (3.0, 4.0),
    "touching": (2.0, 3.0),
    "crossing": (1.5, 3.0),
    "inside": (0.5, 1.5),
    "containing": (-1.0, 3.0),
}
"""The extent along X of the second operand, whose other extents exceed the first's."""


class Drawn:
    """The elements of one run."""

    def __init__(self, text: SolidText, folder: Path, **options: object) -> None:
        self.run = run_file(text.write(folder / "a.ifc"), folder / "out", gltf=options)
        self._ids = text.global_ids
        self.elements: dict[str, GlbElement] = Glb(self.run.glb).drawn()
        coverage = self.run.manifest["coverage"]
        self.skipped = {entry["globalId"]: entry["reason"] for entry in coverage["skipped"]}
        self.doubtful = {entry["globalId"]: entry["reason"] for entry in coverage["doubtful"]}

    def of(self, number: int) -> GlbElement:
        return self.elements[self._ids[number]]

    def volume(self, number: int) -> float:
        element = self.of(number)
        corners = element.positions[element.triangles] - element.positions.mean(axis=0)
        return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)

    def is_gone(self, number: int) -> bool:
        key = self._ids[number]
        return key not in self.elements and self.skipped.get(key) == "ConsumedByOpenings"


def _volume(box: Box) -> float:
    return prod(max(0.0, high - low) for low, high in zip(*box, strict=True))


def _overlap(first: Box, second: Box) -> float:
    low = tuple(map(max, first[0], second[0]))
    return _volume((low, tuple(map(min, first[1], second[1]))))


def _spread(number: int) -> Point:
    return (0.0, 10.0 * number, 0.0)


@pytest.mark.parametrize("unit", ["m", "mm", "ft"])
def test_each_operator_is_exact_in_each_position(unit: str, tmp_path: Path) -> None:
    text, expected = SolidText(unit=unit), {}
    for number, (operator, (low, high)) in enumerate(product(("UNION", "DIFFERENCE", "INTERSECTION"), SECOND.values())):
        second = ((low, -0.5, -0.5), (high, 1.5, 1.5))
        wall = text.wall((text.boolean(operator, text.box(*HOST), text.box(*second)),), at=text.axes(_spread(number)))
        common = _overlap(HOST, second)
        union = _volume(HOST) + _volume(second) - common
        expected[wall] = {"UNION": union, "DIFFERENCE": _volume(HOST) - common, "INTERSECTION": common}[operator]
    drawn = Drawn(text, tmp_path)
    assert {wall: drawn.volume(wall) for wall, volume in expected.items() if volume} == pytest.approx(
        {wall: volume for wall, volume in expected.items() if volume}, rel=1e-4
    )
    assert [wall for wall, volume in expected.items() if not volume and not drawn.is_gone(wall)] == []
    assert drawn.doubtful == {}


@pytest.mark.parametrize("kind", ["operand", "opening"])
def test_a_flush_cut_leaves_no_film(kind: str, tmp_path: Path) -> None:
    text, walls, ends = SolidText(), [], []
    for number, (near, far) in enumerate(product(OFFSETS, OFFSETS)):
        at, host = text.axes(_spread(number)), text.box(*WALL)
        cut = text.box((1.0, near, 1.0), (2.0, 0.2 + far, 2.0))
        operand = kind == "operand"
        walls.append(
            text.wall((text.boolean("DIFFERENCE", host, cut),) if operand else (host,), () if operand else (cut,), at)
        )
        end = text.box((1.0, -0.1, -0.1), (4.0 + near, 0.3, 3.0 + far))
        ends.append(text.wall((text.box(*WALL),), (end,), text.axes((9.0, 10.0 * number, 0.0))))
    drawn = Drawn(text, tmp_path)
    solid = 2 * (4 * 0.2 + 4 * 3 + 0.2 * 3)
    assert [drawn.of(wall).area for wall in walls] == pytest.approx([solid - 2 + 4 * 0.2] * len(walls), rel=1e-3)
    assert [drawn.volume(wall) for wall in walls] == pytest.approx([2.2] * len(walls), rel=1e-3)
    assert [drawn.of(wall).area for wall in ends] == pytest.approx([2 * (0.2 + 3 + 0.6)] * len(walls), rel=1e-3)


def test_a_cut_that_borders_on_its_host_takes_nothing(tmp_path: Path) -> None:
    text, walls = SolidText(), []
    for number, offset in enumerate(OFFSETS):
        beside = text.box((1.0, 0.2 + offset, 1.0), (2.0, 0.5, 2.0))
        walls.append(text.wall((text.box(*WALL),), (beside,), text.axes(_spread(number))))
    drawn = Drawn(text, tmp_path)
    assert [drawn.volume(wall) for wall in walls] == pytest.approx([2.4] * len(walls), rel=1e-4)


def test_openings_of_every_size_are_exact(tmp_path: Path) -> None:
    sizes = (0.001, 0.003, 0.01, 0.03, 0.1, 1.0, 10.0)
    text, walls = SolidText(unit="mm"), []
    for number, size in enumerate(sizes):
        x = 0.5 * size
        host = text.box((-x, 0.0, -x), (2 * size, 2 * size, 2 * size))
        walls.append(text.wall((host,), (text.box((0, -x, 0), (size, size, size)),), text.axes((0, 30.0 * number, 0))))
    drawn = Drawn(text, tmp_path)
    cut = [drawn.volume(wall) / size**3 for wall, size in zip(walls, sizes, strict=True)]
    assert cut == pytest.approx([2.5 * 2 * 2.5 - 1] * len(sizes), rel=2e-3)


def test_round_holes_of_every_size_are_in_the_wall(tmp_path: Path) -> None:
    text, walls, radii = SolidText(unit="mm"), [], (0.0005, 0.005, 0.05, 0.5)
    for number, radius in enumerate(radii):
        hole = text.cylinder(radius, 0.4, text.axes((2.0, -0.1, 1.5), (0.0, 1.0, 0.0)))
        walls.append(text.wall((text.box(*WALL),), (hole,), text.axes(_spread(number))))
    drawn = Drawn(text, tmp_path)
    areas = [drawn.of(wall).area - 2 * (4 * 0.2 + 4 * 3 + 0.2 * 3) for wall in walls]
    expected = [2 * pi * radius * 0.2 - 2 * pi * radius**2 for radius in radii]
    assert areas == pytest.approx(expected, rel=0.03, abs=1e-5)


@pytest.mark.parametrize("degrees", [15, 45, 70])
def test_an_oblique_opening_passes_through_the_wall(degrees: int, tmp_path: Path) -> None:
    text, angle = SolidText(), radians(degrees)
    along, normal = (sin(angle), cos(angle), 0.0), (cos(angle), -sin(angle), 0.0)
    profile = text.add(f"IFCRECTANGLEPROFILEDEF(.AREA.,$,$,{text.length(0.3)},{text.length(0.4)})")
    start = tuple(float(value) for value in np.array([2.0, 0.1, 1.5]) - 1.5 * np.array(along))
    wall = text.wall((text.box(*WALL),), (text.extrusion(profile, 3.0, text.axes(start, along, normal)),))
    assert Drawn(text, tmp_path).volume(wall) == pytest.approx(2.4 - 0.3 * 0.4 * 0.2 / cos(angle), rel=1e-4)


@pytest.mark.parametrize("beyond", [0.1, 0.0, -5e-5], ids=["protruding", "flush", "almost flush"])
def test_many_openings_in_one_wall_are_all_cut(beyond: float, tmp_path: Path) -> None:
    text = SolidText()
    openings = [text.box((i * 0.5 + 0.1, -beyond, 0.5), (i * 0.5 + 0.4, 0.2 + beyond, 2.5)) for i in range(200)]
    wall = text.wall((text.box((0, 0, 0), (100.0, 0.2, 3.0)),), openings)
    assert Drawn(text, tmp_path).volume(wall) == pytest.approx(60 - 200 * 0.3 * 0.2 * 2, rel=1e-4)


def test_layers_and_their_reveals_keep_their_colours(tmp_path: Path) -> None:
    text = SolidText()
    red = text.coloured(text.box((0, 0, 0), (4, 0.1, 3)), 1.0, 0.0, 0.0)
    blue = text.coloured(text.box((0, 0.1, 0), (4, 0.3, 3)), 0.0, 0.0, 1.0)
    wall = text.wall((red, blue), (text.coloured(text.box((1, -0.1, 1), (2, 0.4, 2)), 0.0, 1.0, 0.0),))
    element = Drawn(text, tmp_path).of(wall)
    sizes = np.linalg.norm(element.face_vectors(), axis=1) / 2
    areas: dict[tuple[float, ...], float] = {}
    for colour, size in zip(element.colours, sizes.tolist(), strict=True):
        areas[colour] = areas.get(colour, 0.0) + size
    layers = {
        colour: 2 * (4 * depth + 4 * 3 + depth * 3) - 2 + 4 * depth
        for colour, depth in (((1.0, 0.0, 0.0, 1.0), 0.1), ((0.0, 0.0, 1.0, 1.0), 0.2))
    }
    assert areas == pytest.approx(layers, rel=1e-3)


def test_faces_keep_their_colours_when_an_opening_cuts_them(tmp_path: Path) -> None:
    text = SolidText()
    points = text.add("IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(3.,0.,0.),(0.,3.,0.),(0.,0.,3.)))")
    faces = text.add(f"IFCTRIANGULATEDFACESET(#{points},$,.T.,((1,3,2),(1,2,4),(2,3,4),(3,1,4)),$)")
    colours = text.add("IFCCOLOURRGBLIST(((1.,0.,0.),(0.,0.,1.)))")
    text.add(f"IFCINDEXEDCOLOURMAP(#{faces},$,#{colours},(1,2,2,2))")
    wall = text.wall((faces,), (text.box((0.5, 0.5, -1.0), (1.0, 1.0, 3.0)),))
    drawn = Drawn(text, tmp_path)
    assert set(drawn.of(wall).colours) == {(1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)}
    assert drawn.volume(wall) == pytest.approx(4.5 - 0.25 * 3 + 0.25 * 1.5, rel=1e-4)


def test_mapped_mirrored_and_scaled_hosts_and_openings_are_cut(tmp_path: Path) -> None:
    text = SolidText()
    mirror, twice = text.direction((-1.0, 0.0, 0.0)), "IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#{0},2.,$)"
    up, across = text.direction((0.0, 0.0, 1.0)), text.direction((0.0, 1.0, 0.0))
    mirrored = f"IFCCARTESIANTRANSFORMATIONOPERATOR3D(#{mirror},#{across},#{{0}},$,#{up})"
    opening = (text.box((-2.0, -0.1, 1.0), (-1.0, 0.3, 2.0)),)
    mirrored_host = text.wall((text.mapped((text.box(*WALL),), mirrored),), opening)
    scaled = text.mapped((text.box((0.5, -0.1, 0.5), (1.0, 0.3, 1.0)),), twice)
    scaled_opening = text.wall((text.box(*WALL),), (scaled,), text.axes((10.0, 0.0, 0.0)))
    drawn = Drawn(text, tmp_path)
    assert drawn.of(mirrored_host).box[0, 0] == pytest.approx(-4.0, abs=1e-4)
    assert [drawn.volume(wall) for wall in (mirrored_host, scaled_opening)] == pytest.approx([2.2, 2.2], rel=1e-4)


@pytest.mark.parametrize("unit", ["m", "mm"])
def test_a_wall_at_map_coordinates_is_cut(unit: str, tmp_path: Path) -> None:
    text = SolidText(unit=unit)
    turned = (sqrt(0.5), sqrt(0.5), 0.0)
    at = text.axes((512345.678, 5812345.678, 100.0), x=turned)
    wall = text.wall((text.box(*WALL),), (text.box((1, 0, 1), (2, 0.2, 2)),), at)
    assert Drawn(text, tmp_path).volume(wall) == pytest.approx(2.2, rel=1e-3)


def test_vertices_at_map_coordinates_are_cut(tmp_path: Path) -> None:
    text = SolidText()
    x, y = 512345.678, 5812345.678
    host = text.box((x, y, 0.0), (x + 4.0, y + 0.2, 3.0))
    wall = text.wall((host,), (text.box((x + 1.0, y - 0.1, 1.0), (x + 2.0, y + 0.3, 2.0)),))
    assert Drawn(text, tmp_path).volume(wall) == pytest.approx(2.2, rel=1e-2)


def test_openings_of_a_whole_cut_its_parts_on_all_levels(tmp_path: Path) -> None:
    text = SolidText()
    whole, layer = text.wall(()), text.product("IFCBUILDINGELEMENTPROXY", ())
    part = text.product("IFCBUILDINGELEMENTPART", (text.box(*WALL),))
    nested = text.product("IFCBUILDINGELEMENTPART", (text.box((0, 0.2, 0), (4, 0.4, 3)),))
    other = text.wall((text.box((0, 0.4, 0), (4, 0.6, 3)),))
    text.voids(whole, text.product("IFCOPENINGELEMENT", (text.box((1, -0.1, 1), (2, 0.8, 2)),)))
    text.add(f"IFCRELAGGREGATES('{text.guid()}',$,$,$,#{whole},(#{part},#{layer}))")
    text.add(f"IFCRELAGGREGATES('{text.guid()}',$,$,$,#{layer},(#{nested}))")
    drawn = Drawn(text, tmp_path)
    assert [drawn.volume(wall) for wall in (part, nested, other)] == pytest.approx([2.2, 2.2, 2.4], rel=1e-4)


def test_a_projection_is_added_before_openings_are_cut(tmp_path: Path) -> None:
    text = SolidText()
    wall = text.wall((text.box(*WALL),), (text.box((1.2, -1.0, 1.2), (1.8, 1.0, 1.8)),))
    projection = text.product("IFCPROJECTIONELEMENT", (text.box((1, -0.3, 1), (2, 0.1, 2)),))
    text.add(f"IFCRELPROJECTSELEMENT('{text.guid()}',$,$,$,#{wall},#{projection})")
    assert Drawn(text, tmp_path).volume(wall) == pytest.approx(2.4 + 0.3 - 0.36 * 0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("gltf", "drawn"),
    [({}, ["wall"]), ({"excludeClasses": ["IfcWall"]}, ["projection"]), ({"includeClasses": ["IfcWall"]}, ["wall"])],
    ids=["all", "without its host", "host alone"],
)
def test_a_projection_is_drawn_once(tmp_path: Path, gltf: dict[str, list[str]], drawn: list[str]) -> None:
    text = SolidText()
    wall = text.wall((text.box(*WALL),))
    projection = text.product("IFCPROJECTIONELEMENT", (text.box((1, -0.3, 1), (2, 0.1, 2)),))
    text.add(f"IFCRELPROJECTSELEMENT('{text.guid()}',$,$,$,#{wall},#{projection})")
    finished = run_file(text.write(tmp_path / "a.ifc"), tmp_path / "out", gltf=gltf)
    numbers = {"wall": wall, "projection": projection}
    assert sorted(Glb(finished.glb).drawn()) == sorted(text.global_ids[numbers[name]] for name in drawn)
    assert finished.manifest["coverage"]["expected"] == len(drawn)


def test_a_projection_of_a_host_without_a_body_is_drawn_itself(tmp_path: Path) -> None:
    text = SolidText()
    wall = text.wall(())
    projection = text.product("IFCPROJECTIONELEMENT", (text.box((1, -0.3, 1), (2, 0.1, 2)),))
    text.add(f"IFCRELPROJECTSELEMENT('{text.guid()}',$,$,$,#{wall},#{projection})")
    assert Drawn(text, tmp_path).volume(projection) == pytest.approx(0.4, rel=1e-4)


@pytest.mark.parametrize(("identifier", "volume"), [("Body", 2.2), ("Box", 2.2), ("Reference", 2.4)])
def test_an_opening_counts_by_the_name_of_its_representation(identifier: str, volume: float, tmp_path: Path) -> None:
    text = SolidText()
    wall = text.wall((text.box(*WALL),))
    text.voids(wall, text.product("IFCOPENINGELEMENT", (text.box((1, -1, 1), (2, 1, 2)),), identifier=identifier))
    assert Drawn(text, tmp_path).volume(wall) == pytest.approx(volume, rel=1e-4)


@pytest.mark.parametrize("deflection", [{}, {"linearDeflection": 0.001}], ids=["lite", "opencascade"])
def test_half_spaces_of_each_kind_are_subtracted(deflection: dict[str, float], tmp_path: Path) -> None:
    text, expected = SolidText(), {}
    plane = text.add(f"IFCPLANE(#{text.axes((0.0, 0.0, 2.0))})")
    position = text.axes((1.0, 0.0, 0.0))
    square = text.polyline(((0, -1), (1, -1), (1, 1), (0, 1), (0, -1)))
    arc = text.add(
        "IFCTRIMMEDCURVE(#{},(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(3.141592653589793)),.T.,.PARAMETER.)".format(
            text.add(f"IFCCIRCLE(#{text.add(f'IFCAXIS2PLACEMENT2D(#{text.point((0.5, 0.0))},$)')},0.5)")
        )
    )
    back = text.polyline(((0.0, 0.0), (1.0, 0.0)))
    segments = [text.add(f"IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#{curve})") for curve in (arc, back)]
    half_disc = text.add(f"IFCCOMPOSITECURVE(({','.join(f'#{segment}' for segment in segments)}),.F.)")
    corner = text.point((0.0, 0.0, 0.0))
    enclosure = text.add(f"IFCBOUNDINGBOX(#{corner},1.,0.2,2.5)")
    cuts = (
        (f"IFCHALFSPACESOLID(#{plane},.F.)", 0.8),
        (f"IFCHALFSPACESOLID(#{plane},.T.)", 1.6),
        (f"IFCPOLYGONALBOUNDEDHALFSPACE(#{plane},.F.,#{position},#{square})", 0.2),
        (
            f"IFCPOLYGONALBOUNDEDHALFSPACE(#{plane},.F.,#{position},#{half_disc})",
            0.2 * (0.2 * sqrt(0.21) + 0.25 * np.arcsin(0.4)) / 0.2,
        ),
        (f"IFCBOXEDHALFSPACE(#{plane},.F.,#{enclosure})", 0.1),
    )
    for number, (line, volume) in enumerate(cuts):
        body = text.boolean("DIFFERENCE", text.box(*WALL), text.add(line))
        expected[text.wall((body,), at=text.axes(_spread(number)))] = 2.4 - volume
    drawn = Drawn(text, tmp_path, **deflection)
    assert {wall: drawn.volume(wall) for wall in expected} == pytest.approx(expected, rel=2e-3)
    assert drawn.doubtful == {}


def test_a_half_space_may_be_the_first_operand_of_an_intersection(tmp_path: Path) -> None:
    text = SolidText()
    below, right = text.half_space((0, 0, 2.0), (0, 0, 1.0)), text.half_space((1.0, 0, 0), (1.0, 0, 0), agreement=False)
    low = text.wall((text.boolean("INTERSECTION", below, text.box(*WALL)),))
    corner = text.boolean("INTERSECTION", text.boolean("INTERSECTION", below, right), text.box(*WALL))
    lower_right = text.wall((corner,), at=text.axes(_spread(1)))
    drawn = Drawn(text, tmp_path)
    assert drawn.volume(low) == pytest.approx(1.6, rel=1e-4)
    assert drawn.volume(lower_right) == pytest.approx(1.2, rel=1e-4)
    assert drawn.doubtful == {}


def test_a_boolean_result_without_a_bounded_operand_is_not_believed(tmp_path: Path) -> None:
    text = SolidText()
    half = text.half_space((0, 0, 2.0), (0, 0, 1.0))
    wall = text.wall((text.boolean("UNION", half, text.box(*WALL)),))
    drawn = Drawn(text, tmp_path)
    listed = drawn.doubtful | drawn.skipped
    assert list(listed) == [text.global_ids[wall]]


def test_an_operand_that_cannot_be_built_is_named(tmp_path: Path) -> None:
    text = SolidText()
    surface = text.add(f"IFCCYLINDRICALSURFACE(#{text.axes((2.0, 0.1, 0.0))},0.5)")
    half = text.add(f"IFCHALFSPACESOLID(#{surface},.T.)")
    wall = text.wall((text.boolean("DIFFERENCE", text.box(*WALL), half),))
    drawn = Drawn(text, tmp_path)
    assert drawn.volume(wall) == pytest.approx(2.4, rel=1e-4)
    assert list(drawn.doubtful.values()) == [
        f"NotSubtracted: IfcHalfSpaceSolid #{half} is bounded by IfcCylindricalSurface"
    ]


def test_operands_and_openings_that_take_everything_are_listed(tmp_path: Path) -> None:
    text = SolidText()
    around = ((-1.0, -1.0, -1.0), (5.0, 5.0, 5.0))
    by_operand = text.wall((text.boolean("DIFFERENCE", text.box(*WALL), text.box(*around)),))
    by_half_space = text.wall((text.boolean("DIFFERENCE", text.box(*WALL), text.half_space((0, 0, 3.0), (0, 0, 1.0))),))
    by_opening = text.wall((text.box(*WALL),), (text.box(*WALL),))
    drawn = Drawn(text, tmp_path)
    assert all(map(drawn.is_gone, (by_operand, by_half_space, by_opening)))


def test_nested_results_and_primitives_are_operands(tmp_path: Path) -> None:
    text = SolidText()
    origin = text.axes((0.0, 0.0, 0.0))
    block = text.add(f"IFCBLOCK(#{origin},2.,2.,1.)")
    drill = text.add(f"IFCRIGHTCIRCULARCYLINDER(#{text.axes((1.0, 1.0, -1.0))},3.,0.5)")
    corner = text.boolean("INTERSECTION", text.box((0, 0, 0), (0.5, 0.5, 1)), text.box((0.2, 0.2, -1), (9, 9, 9)))
    tree = text.boolean("DIFFERENCE", text.boolean("DIFFERENCE", block, drill), corner)
    wall = text.wall((text.add(f"IFCCSGSOLID(#{tree})"),), (text.box((1.8, 1.8, -1), (3, 3, 3)),))
    assert Drawn(text, tmp_path).volume(wall) == pytest.approx(4 - pi / 4 - 0.09 - 0.04, rel=2e-3)


def test_a_body_shared_by_elements_is_meshed_once(tmp_path: Path) -> None:
    text = SolidText()
    body = text.boolean("DIFFERENCE", text.box(*WALL), text.box((1, -1, 1), (2, 1, 2)))
    walls = [text.wall((text.mapped((body,)),), at=text.axes(_spread(number))) for number in range(3)]
    drawn = Drawn(text, tmp_path)
    assert [drawn.volume(wall) for wall in walls] == pytest.approx([2.2] * 3, rel=1e-4)
    assert len(Glb(drawn.run.glb).json["meshes"]) == 1
