"""The storey filter: the elements in the storeys that a request names."""

from typing import TYPE_CHECKING

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.data.attribute_access import File
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.stages.spatial_tree import spatial_tree

if TYPE_CHECKING:
    from ifcjob_runner.data.document import TreeNode


def elements_of_storeys(file: File, names: list[str]) -> set[int]:
    """Return the STEP ids of everything in the storeys with one of these names or GlobalIds.

    Raise InvalidRequest for a name that no IfcBuildingStorey or IfcFacilityPart has.
    """
    requested, matched, storeys = set(names), set(), []
    below: set[int] = set()
    model = Model(file)
    root = spatial_tree(model, Hierarchy(model))["root"]
    pending: list[tuple[TreeNode, bool]] = [] if root is None else [(root, False)]
    while pending:
        node, inside = pending.pop()
        if node["class"] in ("IfcBuildingStorey", "IfcFacilityPart"):
            labels = {node["globalId"], node["name"], node.get("longName")}
            storeys.append(str(node["name"]))
            matched |= labels & requested
            inside = inside or bool(labels & requested)
        if inside:
            below.add(node["stepId"])
        pending.extend((child, inside) for child in (*node.get("children", ()), *node["elements"]))
    if missing := requested - matched:
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            f"no storey is called {', '.join(sorted(missing))}",
            hint=f"The file's storeys are: {', '.join(sorted(storeys)) or 'none'}.",
        )
    return below
