"""The parent of each object: exactly one, although a file may state several, none, or a cycle."""

from collections.abc import Iterator

from ifcjob_runner.data.attribute_access import Instance, pointers, step_id
from ifcjob_runner.data.model import Model

PARENTHOODS: tuple[tuple[str, bool], ...] = (
    ("IfcRelContainedInSpatialStructure", True),
    ("IfcRelAggregates", False),
    ("IfcRelNests", False),
    ("IfcRelFillsElement", False),
    ("IfcRelVoidsElement", False),
    ("IfcRelAdheresToElement", False),
    ("IfcRelProjectsElement", False),
    ("IfcRelConnectsPortToElement", True),
)
"""Relationships between parent and child, strongest first, and whether the parent is attribute 5 rather than 4.

Containment wins over filling a void: a door is in its storey, not in the hole it fills.
"""


class Hierarchy:
    """The tree below the IfcProjects, as STEP ids; instances by STEP id."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.instances: dict[int, Instance] = {}
        self.parent: dict[int, int] = {}
        self.children: dict[int, list[int]] = {}
        self.cyclic: set[int] = set()
        """Objects that are their own ancestor."""
        self.roots = sorted(self._know(p.this) for p in model.all("IfcProject"))
        self._stated_parents: dict[int, list[int]] = {}
        self._collect()
        self.misplaced = self._drop_misplaced()
        """Instances that a relationship puts into the tree although they are not objects."""
        self._grow()

    def _know(self, instance: Instance) -> int:
        number = step_id(instance)
        self.instances[number] = instance
        return number

    def _collect(self) -> None:
        """Collect every stated parent of each object, the strongest first."""
        parents_of = self._stated_parents.setdefault
        for ifc_class, parent_last in PARENTHOODS:
            rels = [r.this for r in self._model.all(ifc_class)]
            fours, fives = self._model.column(rels, 4), self._model.column(rels, 5)
            parents, members = (fives, fours) if parent_last else (fours, fives)
            for parent, several in zip(parents, members, strict=True):
                below = pointers(several if isinstance(several, tuple) else (several,))
                if parent is None or not below:
                    continue
                above, numbers = self._know(parent.this), [step_id(p) for p in below]
                self.instances.update(zip(numbers, below, strict=True))
                for number in numbers:
                    parents_of(number, []).append(above)

    def _drop_misplaced(self) -> list[int]:
        is_a = self._model.is_a
        wrong = {n for n, instance in self.instances.items() if not is_a(instance, "IfcObjectDefinition")}
        if wrong:
            stated = self._stated_parents
            kept = {n: [p for p in parents if p not in wrong] for n, parents in stated.items() if n not in wrong}
            self._stated_parents = {n: parents for n, parents in kept.items() if parents}
            self.instances = {n: instance for n, instance in self.instances.items() if n not in wrong}
        return sorted(wrong)

    def _grow(self) -> None:
        """Give each object its first parent that a root reaches; an unreached object keeps its first parent."""
        first: dict[int, list[int]] = {}
        for child, parents in self._stated_parents.items():
            first.setdefault(parents[0], []).append(child)
        reached = set(self.roots)
        self._descend(list(self.roots), first, reached)
        late = [c for c in self._stated_parents if c not in reached]
        while late:
            adopted = [
                (c, p)
                for c in late
                if (p := next((p for p in self._stated_parents[c] if p in reached), None)) is not None
            ]
            if not adopted:
                break
            for child, parent in adopted:
                if child not in reached:
                    reached.add(child)
                    self.parent[child] = parent
                    self._descend([child], first, reached)
            late = [c for c in late if c not in reached]
        self._keep_unreached(late, first)
        self.reached = reached
        self._find_cycles()
        for child, parent in self.parent.items():
            self.children.setdefault(parent, []).append(child)
        for siblings in self.children.values():
            siblings.sort()

    def _descend(self, frontier: list[int], first: dict[int, list[int]], reached: set[int]) -> None:
        while frontier:
            parent = frontier.pop()
            for child in first.get(parent, ()):
                if child not in reached:
                    reached.add(child)
                    self.parent[child] = parent
                    frontier.append(child)

    def _keep_unreached(self, unreached: list[int], first: dict[int, list[int]]) -> None:
        """Keep the trees without a root, and cut cycles at their smallest STEP id."""
        loose = set(unreached)
        tops = [p for p in {self._stated_parents[c][0] for c in unreached} if p not in loose]
        placed: set[int] = set(tops)
        self._descend(list(tops), first, placed)
        for number in sorted(loose - placed):
            if number not in placed:
                self.cyclic.add(number)
                placed.add(number)
                self._descend([number], first, placed)

    def _find_cycles(self) -> None:
        """Collect objects with themselves or one of their descendants as a stated parent."""
        for child, parents in self._stated_parents.items():
            for above in parents[1:] if child in self.parent else parents:
                if child == above or child in self.ancestors(above):
                    self.cyclic.add(child)

    def ancestors(self, number: int) -> Iterator[int]:
        """Yield the parents of an object, the nearest first."""
        above = self.parent.get(number)
        while above is not None:
            yield above
            above = self.parent.get(above)
