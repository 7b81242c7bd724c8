"""The storey of each object: the nearest IfcBuildingStorey above it in the spatial tree."""

from ifcjob_runner.data.attribute_access import NAME, step_id
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.relations.hierarchy import Hierarchy


class Storeys:
    """Finds storeys by STEP id; each path up the tree is walked once."""

    def __init__(self, model: Model, hierarchy: Hierarchy) -> None:
        self._parent = hierarchy.parent
        storeys = [storey.this for storey in model.all("IfcBuildingStorey")]
        self._names = dict(zip(map(step_id, storeys), model.texts(storeys, NAME), strict=True))
        self._storeys: dict[int, int | None] = {}

    def of(self, number: int) -> int | None:
        """Return the STEP id of the storey above an object; a storey is not its own storey."""
        path = []
        above = self._parent.get(number)
        while above is not None and above not in self._names and above not in self._storeys:
            path.append(above)
            above = self._parent.get(above)
        storey = self._storeys.get(above) if above in self._storeys else above
        self._storeys.update(dict.fromkeys(path, storey))
        return storey

    def name_above(self, number: int) -> str | None:
        """Return the name of the storey above an object."""
        storey = self.of(number)
        return None if storey is None else self._names[storey]
