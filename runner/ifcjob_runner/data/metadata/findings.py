"""Problems in the file that the data stages detect. None of them stops a run."""

import math
import re
from collections.abc import Iterator

from ifcjob_runner.data.attribute_access import GLOBAL_ID, PLACEMENT, is_instance, step_id
from ifcjob_runner.data.document import Finding, Georeference, finding
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.placements import placements_of_model
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.data.units import ProjectUnits

VALID_GLOBAL_ID = re.compile(r"[0-3][0-9A-Za-z_$]{21}")
FAR_METRES = 10_000.0
"""Viewers work in 32-bit floats, whose steps reach a millimetre at this distance."""


def global_id_findings(model: Model) -> Iterator[Finding]:
    """Report repeated and invalid GlobalIds of all IfcRoot instances."""
    roots = [r.this for r in model.all("IfcRoot")]
    ids = [text if isinstance(text, str) else "" for text in model.column(roots, GLOBAL_ID)]
    distinct = set(ids)
    if len(distinct) != len(ids):
        users: dict[str, list[int]] = {}
        for text, root in zip(ids, roots, strict=True):
            users.setdefault(text, []).append(step_id(root))
        repeated = {text: sorted(numbers) for text, numbers in users.items() if len(numbers) > 1}
        text, numbers = next(iter(repeated.items()))
        lines = ", ".join(f"#{model.original_id(n)}" for n in numbers[:5])
        message = f"{len(repeated)} GlobalIds are used more than once, {text!r} by {lines}"
        yield finding("DuplicateGlobalId", message, list(repeated))
    valid = VALID_GLOBAL_ID.fullmatch
    invalid = sorted(text for text in distinct if not valid(text))
    if invalid:
        message = f"{len(invalid)} GlobalIds are not 22 characters of the IFC alphabet, such as {invalid[0]!r}"
        yield finding("InvalidGlobalId", message, invalid)


def emptiness_findings(model: Model, hierarchy: Hierarchy) -> Iterator[Finding]:
    """Report a file without products or without a project."""
    if not model.products.step_ids:
        yield finding("NoProducts", "The file has no products: there is nothing to show", severity="error")
    if not hierarchy.roots:
        message = "The file has no IfcProject, so units are unknown and nothing has a place in the tree"
        yield finding("NoProject", message, severity="error")


def structure_findings(model: Model, hierarchy: Hierarchy) -> Iterator[Finding]:
    """Report problems of the spatial tree."""
    products = model.products
    yield from emptiness_findings(model, hierarchy)
    if len(hierarchy.roots) > 1:
        yield finding("SeveralProjects", f"The file has {len(hierarchy.roots)} IfcProjects; there should be one")
    if hierarchy.misplaced:
        numbers = ", ".join(f"#{model.original_id(n)}" for n in hierarchy.misplaced[:5])
        message = f"{len(hierarchy.misplaced)} instances are put into the tree but are not objects: {numbers}"
        yield finding("WrongReference", message, count=len(hierarchy.misplaced), severity="error")
    if hierarchy.cyclic:
        instances = [hierarchy.instances[n] for n in sorted(hierarchy.cyclic)]
        message = f"{len(instances)} objects are part of themselves; the cycles were cut"
        yield finding("CyclicRelation", message, [model.read(i, GLOBAL_ID) or "" for i in instances], severity="error")
    pairs = zip(products.step_ids, products.global_ids, strict=True)
    orphans = [global_id for number, global_id in pairs if number not in hierarchy.reached]
    if orphans and hierarchy.roots:
        message = f"{len(orphans)} products are outside the project's tree; they are listed as orphans"
        yield finding("OrphanElements", message, orphans)


def placement_findings(model: Model, units: ProjectUnits, place: Georeference) -> Iterator[Finding]:
    """Report broken and far placements, and models that are moved to their map position twice."""
    placements, far, broken, placed = placements_of_model(model), [], [], 0
    limit = FAR_METRES / units.length
    products = model.products
    for pointer, global_id in zip(model.column(products.pointers, PLACEMENT), products.global_ids, strict=True):
        if not is_instance(pointer):
            continue
        placed += 1
        origin = placements.transform(pointer)[3]
        if not all(map(math.isfinite, origin)):
            broken.append(global_id)
        elif max(map(abs, origin)) > limit:
            far.append(global_id)
    if broken:
        message = f"{len(broken)} products have a placement without three finite coordinates"
        yield finding("InvalidCoordinates", message, broken, severity="error")
    if placements.cyclic:
        yield finding("CyclicPlacement", "Placements are relative to themselves", count=len(placements.cyclic))
    if far:
        yield finding(
            "FarFromOrigin", f"{len(far)} products are more than {FAR_METRES / 1000:.0f} km from the origin", far
        )
    conversion = place["mapConversion"]
    shifted = conversion is not None and max(abs(conversion["eastings"]), abs(conversion["northings"])) > FAR_METRES
    if shifted and len(far) * 2 > placed:
        message = "The model is already at map coordinates, and its map conversion would move it there again"
        yield finding("DoubleGeoreference", message)


def unit_findings(units: ProjectUnits) -> Iterator[Finding]:
    """Report a project without a usable length unit."""
    if not any(unit.type == "LENGTHUNIT" and unit.scale for unit in units.assigned):
        yield finding("NoLengthUnit", "The project has no known length unit; metres are assumed")
