"""The storey filter: which elements stand in the storeys a request names."""

from typing import Any

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.data.hierarchy import Hierarchy
from ifcjob_runner.data.model import Model
from ifcjob_runner.stages.spatial_tree import spatial_tree


def elements_of_storeys(file: Any, names: list[str]) -> set[int]:
    """Return the STEP ids of everything below the storeys with one of these names or GlobalIds."""
    wanted, found, storeys = set(names), set(), []
    below: set[int] = set()
    model = Model(file)
    root = spatial_tree(model, Hierarchy(model))["root"]
    pending: list[tuple[dict[str, Any], bool]] = [] if root is None else [(root, False)]
    while pending:
        node, inside = pending.pop()
        if node.get("class") in ("IfcBuildingStorey", "IfcFacilityPart"):
            labels = {node.get("globalId"), node.get("name"), node.get("longName")}
            storeys.append(str(node.get("name")))
            found |= labels & wanted
            inside = inside or bool(labels & wanted)
        if inside:
            below.add(node["stepId"])
        pending.extend((child, inside) for child in (*node.get("children", ()), *node.get("elements", ())))
    if missing := wanted - found:
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            f"no storey is called {', '.join(sorted(missing))}",
            hint=f"The file's storeys are: {', '.join(sorted(storeys)) or 'none'}.",
        )
    return below
