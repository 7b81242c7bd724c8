"""spatial_tree: project, site, building or facility, storey or part, space, and the elements in each."""

from operator import itemgetter

from ifcjob_runner.data.attribute_access import GLOBAL_ID, NAME, class_of, reading, step_id
from ifcjob_runner.data.document import SpatialTree, TreeNode
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.data.units import ProjectUnits
from ifcjob_runner.data.values import number_of

SPATIAL = ("IfcSpatialElement", "IfcSpatialStructureElement", "IfcContext", "IfcProject")
ELEVATIONS = ("Elevation", "RefElevation", "ElevationOfRefHeight", "ElevationWithFlooring")


def spatial_tree(model: Model, hierarchy: Hierarchy) -> SpatialTree:
    """Return the content of spatial-tree.json."""
    with reading():
        return _Tree(model, hierarchy).document()


class _Tree:
    def __init__(self, model: Model, hierarchy: Hierarchy) -> None:
        self._model = model
        self._hierarchy = hierarchy
        self._length = ProjectUnits(model).length
        products = [p.this for p in model.all("IfcProduct")]
        self._products = dict(sorted(((step_id(p), p) for p in products), key=itemgetter(0)))
        self._orphans = self._find_orphans()
        instances = hierarchy.instances | {n: self._products[n] for n in self._orphans}
        pointers = list(instances.values())
        global_ids = [text or "" for text in model.texts(pointers, GLOBAL_ID)]
        columns = (global_ids, [class_of(p) for p in pointers], model.texts(pointers, NAME))
        self._facts = dict(zip(instances, zip(*columns, strict=True), strict=True))
        spatial = {kind for kind in set(columns[1]) if any(model.schema.is_a(kind, ancestor) for ancestor in SPATIAL)}
        self._spatial = {n for n, kind in zip(instances, columns[1], strict=True) if kind in spatial}

    def document(self) -> SpatialTree:
        roots = [self._with_descendants(number, self._spatial_node(number)) for number in self._hierarchy.roots]
        if roots:
            # A file should have one IfcProject; further ones go below the first, so that nothing is lost.
            roots[0]["children"].extend(roots[1:])
        orphans = [self._with_descendants(number, self._element_node(number)) for number in self._orphans]
        return {"root": roots[0] if roots else None, "orphans": orphans}

    def _find_orphans(self) -> list[int]:
        """Return the products outside the project's tree, without those inside another orphan."""
        reached, parent, products = self._hierarchy.reached, self._hierarchy.parent, self._products
        return [n for n in products if n not in reached and parent.get(n) not in products]

    def _with_descendants(self, number: int, top: TreeNode) -> TreeNode:
        """Add all descendants to a node; with a list instead of recursion, since files nest thousands deep."""
        pending = [(number, top)]
        children = self._hierarchy.children
        while pending:
            number, node = pending.pop()
            spatial = "children" in node
            for child in children.get(number, ()):
                if spatial and child in self._spatial:
                    below = self._spatial_node(child)
                    node["children"].append(below)
                else:
                    below = self._element_node(child)
                    node["elements"].append(below)
                if child in children:
                    pending.append((child, below))
        return top

    def _element_node(self, number: int) -> TreeNode:
        global_id, ifc_class, name = self._facts[number]
        return {"globalId": global_id, "stepId": number, "class": ifc_class, "name": name, "elements": []}

    def _spatial_node(self, number: int) -> TreeNode:
        node = self._element_node(number)
        instance = self._hierarchy.instances[number]
        # Some tools write `0` instead of `0.`
        values = (number_of(self._model.attribute(instance, name)) for name in ELEVATIONS)
        return {
            **node,
            "longName": self._model.text(instance, "LongName"),
            "elevation": next((v * self._length + 0.0 for v in values if v is not None), None),
            "children": [],
        }
