"""The scene: one node per element below project, site, building, storey and space.

Element nodes carry no transform of their own when they have children: the placements below them are absolute,
so an assembly and its parts are placed independently and without lost digits.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ifcjob_runner.data.document import SpatialTree, TreeNode
from ifcjob_runner.glb.json_arrays import JsonArray, JsonObject
from ifcjob_runner.glb.transforms import short

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions

Properties = Callable[[int], Mapping[str, object]]
"""Returns an element's property sets by STEP id."""
NodeChain = list[JsonObject]
"""The nodes that draw one placement, from the top down; the last one has the mesh."""


@dataclass(slots=True)
class SceneWriter:
    """Writes the nodes of a spatial tree, children first."""

    nodes: JsonArray
    options: "GltfOptions"
    instances: Callable[[int], list[NodeChain]]
    """Returns the placements of an element by STEP id."""
    unit: float
    """Metres per unit of the placements' translations."""
    properties: Properties | None = None

    def write(self, tree: SpatialTree, extras: JsonObject) -> int | None:
        """Write all nodes that have geometry below them; return the root's number, or None when there are none."""
        tops = [number for top in _tops(tree) if (number := self._subtree(top)) is not None]
        if not tops:
            return None
        unit = short([self.unit])[0]
        # glTF's Y is up, IFC's Z: (x, y, z) becomes (x, z, -y). Column by column.
        z_up_to_y_up = [unit, 0, 0, 0, 0, 0, -unit, 0, 0, unit, 0, 0, 0, 0, 0, 1]
        return self.nodes.append({"name": "IFC", "matrix": z_up_to_y_up, "extras": extras, "children": tops})

    def _subtree(self, top: TreeNode) -> int | None:
        """Walk in post-order without recursion: assemblies may be nested deeper than Python's stack."""
        below: list[int] = []
        stack: list[tuple[TreeNode, Iterator[TreeNode], list[int]]] = [(top, _inside(top), below)]
        while True:
            node, inside, children = stack[-1]
            if (child := next(inside, None)) is not None:
                stack.append((child, _inside(child), []))
                continue
            stack.pop()
            number = self._node(node, children)
            if not stack:
                return number
            if number is not None:
                stack[-1][2].append(number)

    def _node(self, node: TreeNode, children: list[int]) -> int | None:
        step = node["stepId"]
        instances = self.instances(step)
        if not instances and not children:
            return None
        named = (self.options.names == "name" and node["name"]) or node["globalId"]
        written: JsonObject = {"name": named, "extras": self._extras(node, step)}
        if len(instances) == 1 and not children:
            return self._chain([written | instances[0][0], *instances[0][1:]])
        written["children"] = [*map(self._chain, instances), *children]
        return self.nodes.append(written)

    def _chain(self, chain: NodeChain) -> int:
        number = self.nodes.append(chain[-1])
        for node in reversed(chain[:-1]):
            number = self.nodes.append(node | {"children": [number]})
        return number

    def _extras(self, node: TreeNode, step: int) -> JsonObject:
        extras: JsonObject = {"globalId": node["globalId"], "class": node["class"]}
        if node["name"] is not None:
            extras["name"] = node["name"]
        if self.properties and (properties := self.properties(step)):
            extras["properties"] = properties
        return extras


def _tops(tree: SpatialTree) -> Iterator[TreeNode]:
    if tree["root"] is not None:
        yield tree["root"]
    yield from tree["orphans"]


def _inside(node: TreeNode) -> Iterator[TreeNode]:
    yield from node.get("children", ())
    yield from node["elements"]


def step_ids(tree: SpatialTree) -> set[int]:
    """Return the step ids of everything in the tree."""
    numbers = set()
    pending = list(_tops(tree))
    while pending:
        node = pending.pop()
        numbers.add(node["stepId"])
        pending.extend(_inside(node))
    return numbers
