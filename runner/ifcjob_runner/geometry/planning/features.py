"""Find the features that change the body of an element: openings and projections, its own and of its whole."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import REPRESENTATION, is_instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry.planning.selection import body_representations
from ifcjob_runner.geometry.planning.transforms import relative_to
from ifcjob_runner.geometry.shapes import Unbuildable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ifcjob_runner.data.attribute_access import File, Instance
    from ifcjob_runner.data.placements import Affine
    from ifcjob_runner.geometry.planning.solids import Solids
    from ifcjob_runner.geometry.planning.transforms import Transforms
    from ifcjob_runner.geometry.shapes import Solid


class Features:
    """The openings and projections of the elements of one file."""

    def __init__(self, file: File, transforms: Transforms, solids: Solids, contexts: list[str]) -> None:
        """Find the features; elements have the bodies of these contexts, or of all when there are none."""
        self._contexts, self._transforms, self._solids = contexts, transforms, solids
        self._openings = self._related(file, "IfcRelVoidsElement")
        self._projections = self._related(file, "IfcRelProjectsElement")
        self._whole: dict[int, int] = {}
        if self._openings:
            self._read_wholes(file)

    def openings(self, product: Instance, affine: Affine) -> tuple[Solid, ...]:
        """Return the solids to subtract from a product at `affine`: the openings of it and of its wholes."""
        number: int | None = step_id(product)
        openings: list[Instance] = []
        seen: set[int] = set()
        while number is not None and number not in seen:
            seen.add(number)
            openings += self._openings.get(number, ())
            number = self._whole.get(number)
        return tuple(solid for opening in openings for solid in self._of_feature(opening, affine))

    def projections(self, product: Instance, affine: Affine) -> tuple[Solid, ...]:
        """Return the solids to add to a product at `affine`."""
        features = self._projections.get(step_id(product), ())
        return tuple(solid for feature in features for solid in self._of_feature(feature, affine))

    def without_united(self, products: Iterable[Instance]) -> Iterable[Instance]:
        """Return the products without the projections that are part of another one's body."""
        if not self._projections:
            return products
        listed = list(products)
        united: set[int] = set()
        for product in listed:
            with suppress(RuntimeError, TypeError, AttributeError):  # the host itself is listed as unreadable
                features = self._projections.get(step_id(product), ())
                if features and body_representations(product, self._contexts):
                    united.update(map(step_id, features))
        return [product for product in listed if step_id(product) not in united]

    def has_any(self, product: Instance) -> bool:
        """Return whether the product has a feature, or is part of a whole with one."""
        number = step_id(product)
        return number in self._openings or number in self._projections or number in self._whole

    def _of_feature(self, feature: Instance, affine: Affine) -> Iterator[Solid]:
        try:
            if argument(feature, REPRESENTATION) is None:
                return
            # `Reference` is a shape that the body already respects.
            bodies = [body for body in body_representations(feature, []) if argument(body, 1) != "Reference"]
            frame = relative_to(affine, self._transforms.of_product(feature)) if bodies else affine
            solids = [
                self._solids.of_item(path[-1], item_frame)
                for body in bodies
                for item in argument(body, 3)
                for path, item_frame in self._solids.mapped(item, frame)
            ]
        except (RuntimeError, TypeError, AttributeError) as error:
            yield Unbuildable(f"{class_of(feature)} #{step_id(feature)}: {error}")
            return
        yield from solids

    def _related(self, file: File, relation_class: str) -> dict[int, list[Instance]]:
        related: dict[int, list[Instance]] = {}
        for relation in file.by_type(relation_class):
            element, feature = argument(relation, 4), argument(relation, 5)
            if is_instance(element) and is_instance(feature):
                related.setdefault(step_id(element), []).append(feature)
        return related

    def _read_wholes(self, file: File) -> None:
        """Remember the whole of each part under an element with openings, on all levels."""
        parts: dict[int, list[int]] = {}
        for relation in file.by_type("IfcRelAggregates"):
            whole, related = argument(relation, 4), argument(relation, 5)
            if is_instance(whole) and isinstance(related, tuple):
                parts.setdefault(step_id(whole), []).extend(step_id(part) for part in related if is_instance(part))
        pending = list(self._openings)
        while pending:
            whole_number = pending.pop()
            for part in parts.get(whole_number, ()):
                if part not in self._whole:
                    self._whole[part] = whole_number
                    pending.append(part)
