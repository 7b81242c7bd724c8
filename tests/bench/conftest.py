"""A small model from which the tests make big ones."""

from pathlib import Path

import ifcopenshell.api.aggregate
import ifcopenshell.api.context
import ifcopenshell.api.geometry
import ifcopenshell.api.georeference
import ifcopenshell.api.project
import ifcopenshell.api.pset
import ifcopenshell.api.root
import ifcopenshell.api.spatial
import ifcopenshell.api.unit
import pytest


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that is hard to copy: a georeferenced project with properties, and awkward text."""
    model = ifcopenshell.api.project.create_file(version="IFC4")
    project = ifcopenshell.api.root.create_entity(model, ifc_class="IfcProject", name="100% campus; #1 'of' /* two */")
    ifcopenshell.api.unit.assign_unit(model)
    context = ifcopenshell.api.context.add_context(model, context_type="Model")
    ifcopenshell.api.context.add_context(
        model, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=context
    )
    ifcopenshell.api.georeference.add_georeferencing(model)
    described = ifcopenshell.api.pset.add_pset(model, product=project, name="Campus")
    ifcopenshell.api.pset.edit_pset(model, pset=described, properties={"Budget": "100%"})
    parent = project
    for ifc_class in ("IfcSite", "IfcBuilding", "IfcBuildingStorey"):
        part = ifcopenshell.api.root.create_entity(model, ifc_class=ifc_class, name=ifc_class)
        ifcopenshell.api.aggregate.assign_object(model, products=[part], relating_object=parent)
        ifcopenshell.api.geometry.edit_object_placement(model, product=part)
        parent = part
    wall = ifcopenshell.api.root.create_entity(model, ifc_class="IfcWall", name="It's #5; 20%")
    ifcopenshell.api.spatial.assign_container(model, products=[wall], relating_structure=parent)
    ifcopenshell.api.geometry.edit_object_placement(model, product=wall)
    # As long as a GlobalId and in its position, but a name.
    marked = ifcopenshell.api.pset.add_pset(model, product=wall, name="Marks")
    ifcopenshell.api.pset.edit_pset(model, pset=marked, properties={"ExactlyTwentyTwoLetter": "x"})
    path = tmp_path_factory.mktemp("scale") / "sample.ifc"
    model.write(str(path))
    return path
