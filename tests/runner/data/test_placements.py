"""Placements: equal to IfcOpenShell's own, and the same for metadata as for the GLB."""

import math
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.placement
import pytest
from ifcopenshell import geom

from ifcjob_runner.data.model import Model
from ifcjob_runner.data.placements import placements_of_model
from ifcjob_runner.geometry.planning.transforms import Transforms
from tests.runner.step_files import PROJECT, small_model
from tests.support.corpus import corpus_file

WALL = """
#30=IFCWALL(GUID,'Wall',$,$,#31,$,$,$)
#31=IFCLOCALPLACEMENT($,#32)
#33=IFCCARTESIANPOINT((1.,2.,3.))
"""
AXES = {
    "no axes": "#32=IFCAXIS2PLACEMENT3D(#33,$,$)",
    "axis only": "#32=IFCAXIS2PLACEMENT3D(#33,#34,$)\n#34=IFCDIRECTION((0.6,0.,0.8))",
    "axis along x": "#32=IFCAXIS2PLACEMENT3D(#33,#34,$)\n#34=IFCDIRECTION((1.,0.,0.))",
    "slanted": "#32=IFCAXIS2PLACEMENT3D(#33,#34,#35)\n#34=IFCDIRECTION((0.,0.6,0.8))\n#35=IFCDIRECTION((1.,1.,0.))",
    "flat": "#32=IFCAXIS2PLACEMENT2D(#36,#35)\n#35=IFCDIRECTION((0.,1.))\n#36=IFCCARTESIANPOINT((4.,5.))",
}


@pytest.mark.parametrize("name", ["duplex_arch.ifc", "janesville.ifc", "infra_bridge.ifc", "acad2010.ifc"])
def test_world_positions_of_real_models_equal_the_reference(name: str) -> None:
    file = ifcopenshell.open(str(corpus_file(name)))
    metadata, glb = placements_of_model(Model(file)), Transforms(file, 1.0)
    for product in file.by_type("IfcProduct"):
        placement = product.ObjectPlacement
        if placement is not None:
            expected = ifcopenshell.util.placement.get_local_placement(placement)[:3, 3]
            transform = metadata.transform(placement)
            assert transform[3] == pytest.approx(tuple(expected), abs=1e-6)
            assert transform == glb.of_product(product)


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES.keys())
def test_metadata_and_glb_resolve_axes_as_the_engine_does(tmp_path: Path, axes: str) -> None:
    model = small_model(tmp_path, PROJECT + WALL + axes)
    wall = model.file.by_type("IfcWall")[0]
    transform = Transforms(model.file, 1.0).of_product(wall)
    assert placements_of_model(model).transform(wall.ObjectPlacement) == transform
    columns = geom.create_shape(geom.settings(), wall.ObjectPlacement).matrix
    for number, column in enumerate(transform):
        # The file is in millimetres and the engine in metres.
        scale = 1000 if number == 3 else 1
        engine = tuple(value * scale for value in columns[number * 4 : number * 4 + 3])
        assert column == pytest.approx(engine, abs=1e-6)


BROKEN = {
    "no location": "#32=IFCAXIS2PLACEMENT3D($,$,$)",
    "two of three coordinates": "#32=IFCAXIS2PLACEMENT3D(#36,$,$)\n#36=IFCCARTESIANPOINT((4.,5.))",
    "not a number": "#32=IFCAXIS2PLACEMENT3D(#36,$,$)\n#36=IFCCARTESIANPOINT((4.,nan,5.))",
}


@pytest.mark.parametrize("axes", BROKEN.values(), ids=BROKEN.keys())
def test_metadata_resolves_a_placement_without_a_point_to_nan(tmp_path: Path, axes: str) -> None:
    assert all(map(math.isnan, origin_of_wall(small_model(tmp_path, PROJECT + WALL + axes))))


@pytest.mark.parametrize(
    "relative",
    ["#32=IFCPERSON($,'x',$,$,$,$,$,$)", "#32=IFCVERTEXPOINT(#33)", "#32=IFCDIRECTION((1.,0.,0.))"],
    ids=["no geometry", "a vertex", "a direction"],
)
def test_metadata_reads_a_placement_of_the_wrong_class_without_an_error(tmp_path: Path, relative: str) -> None:
    assert len(origin_of_wall(small_model(tmp_path, PROJECT + WALL + relative))) == 3


def origin_of_wall(model: Model) -> Any:
    return placements_of_model(model).transform(model.file.by_type("IfcWall")[0].ObjectPlacement)[3]
