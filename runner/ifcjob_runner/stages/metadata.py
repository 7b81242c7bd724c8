"""metadata: header, project, units, place on earth, counts, and problems found in the file."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ifcjob_runner.data.attribute_access import GLOBAL_ID, NAME, Instance, reading, step_id
from ifcjob_runner.data.document import Document, document
from ifcjob_runner.data.findings import (
    global_id_findings,
    placement_findings,
    structure_findings,
    unit_findings,
)
from ifcjob_runner.data.georeference import georeference
from ifcjob_runner.data.header import file_facts
from ifcjob_runner.data.hierarchy import Hierarchy
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.units import ProjectUnits


def metadata(model: Model, facts: Mapping[str, Any], hierarchy: Hierarchy | None = None) -> dict[str, Any]:
    """Return the content of metadata.json but for the bounding box, which only geometry knows.

    `facts` is what fetching and inspecting the file told: name, bytes, sha256, schemaIdentifier, findings, and entities
    when the model was opened without some of its instances.
    """
    with reading():
        hierarchy = hierarchy or Hierarchy(model)
        units = ProjectUnits(model)
        place = georeference(model, units)
        findings = [
            *facts.get("findings", ()),
            *structure_findings(model, hierarchy),
            *global_id_findings(model),
            *(unit_findings(units) if hierarchy.roots else ()),
            *placement_findings(model, units, place),
            *model.unreadable_findings(),
        ]
        return document(
            file=file_facts(model, facts),
            project=_project(model, hierarchy),
            units=units.document(),
            georeference=place,
            counts=_counts(model, facts.get("entities")),
            bounding_box=None,
            findings=findings,
        )


def outline(model: Model, facts: Mapping[str, Any]) -> Document:
    """Return the parts of the document that cost nothing, for runs that do not want it."""
    with reading():
        return document(
            georeference=georeference(model, ProjectUnits(model)),
            counts=_counts(model, facts.get("entities")),
            findings=list(facts.get("findings", ())),
        )


def _project(model: Model, hierarchy: Hierarchy) -> Document | None:
    if not hierarchy.roots:
        return None
    project: Instance = hierarchy.instances[hierarchy.roots[0]]
    return document(
        global_id=model.read(project, GLOBAL_ID) or "",
        step_id=step_id(project),
        name=model.read(project, NAME),
        long_name=model.attribute(project, "LongName"),
        description=model.attribute(project, "Description"),
        phase=model.attribute(project, "Phase"),
    )


def _counts(model: Model, entities: int | None) -> Document:
    by_class = Counter(model.products.classes)
    is_a = model.schema.is_a
    physical = (c for c in by_class if is_a(c, "IfcElement") and not is_a(c, "IfcFeatureElementSubtraction"))
    return document(
        entities=len(model.file.entity_names()) if entities is None else entities,
        products=by_class.total(),
        elements=sum(by_class[c] for c in physical),
        by_class=dict(sorted(by_class.items())),
    )
