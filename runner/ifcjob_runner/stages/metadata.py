"""metadata: header, project, units, georeference, counts, and the problems in the file."""

from collections import Counter

from ifcjob_runner.data.attribute_access import GLOBAL_ID, Instance, reading, step_id
from ifcjob_runner.data.document import Counts, FileFacts, Metadata, Project
from ifcjob_runner.data.metadata.external_resources import DOCUMENTS, LIBRARIES, external_resources
from ifcjob_runner.data.metadata.findings import (
    emptiness_findings,
    global_id_findings,
    placement_findings,
    structure_findings,
    unit_findings,
)
from ifcjob_runner.data.metadata.georeference import georeference
from ifcjob_runner.data.metadata.header import describe_file
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.data.units import ProjectUnits


def metadata(model: Model, facts: FileFacts, hierarchy: Hierarchy | None = None) -> Metadata:
    """Return the content of metadata.json, except for the bounding box, which only the geometry knows."""
    with reading():
        hierarchy = hierarchy or Hierarchy(model)
        units = ProjectUnits(model)
        place = georeference(model, units)
        findings = [
            *facts["findings"],
            *structure_findings(model, hierarchy),
            *global_id_findings(model),
            *(unit_findings(units) if hierarchy.roots else ()),
            *placement_findings(model, units, place),
            *model.unreadable_findings(),
        ]
        return {
            "file": describe_file(model, facts),
            "project": _project(model, hierarchy),
            "units": units.document(),
            "georeference": place,
            "counts": _counts(model, facts.get("entities")),
            "boundingBox": None,
            "documents": external_resources(model, DOCUMENTS),
            "libraries": external_resources(model, LIBRARIES),
            "findings": findings,
        }


def outline(model: Model, facts: FileFacts, hierarchy: Hierarchy) -> Metadata:
    """Return the parts that the report and the GLB need, for runs without metadata.json; they cost no time."""
    with reading():
        return {
            "georeference": georeference(model, ProjectUnits(model)),
            "counts": _counts(model, facts.get("entities")),
            "findings": [*facts["findings"], *emptiness_findings(model, hierarchy)],
        }


def _project(model: Model, hierarchy: Hierarchy) -> Project | None:
    if not hierarchy.roots:
        return None
    project: Instance = hierarchy.instances[hierarchy.roots[0]]
    return {
        "globalId": model.read(project, GLOBAL_ID) or "",
        "stepId": model.original_id(step_id(project)),
        "name": model.text(project, "Name"),
        "longName": model.text(project, "LongName"),
        "description": model.text(project, "Description"),
        "phase": model.text(project, "Phase"),
    }


def _counts(model: Model, entities: int | None) -> Counts:
    by_class = Counter(model.products.classes)
    is_a = model.schema.is_a
    physical = (c for c in by_class if is_a(c, "IfcElement") and not is_a(c, "IfcFeatureElementSubtraction"))
    return {
        "entities": len(model.file.entity_names()) if entities is None else entities,
        "products": by_class.total(),
        "elements": sum(by_class[c] for c in physical),
        "byClass": dict(sorted(by_class.items())),
    }
