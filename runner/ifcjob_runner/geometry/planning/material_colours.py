"""The material of each product that decides the colour of its faces without a style."""

from contextlib import suppress
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import RELATED, RELATING, File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id

if TYPE_CHECKING:
    from collections.abc import Sequence

BROKEN = (AttributeError, IndexError, RuntimeError, TypeError, ValueError)
"""Exceptions of reading an attribute that is mandatory in the schema but missing or garbled in the file."""

_USAGES = ("IfcMaterialLayerSetUsage", "IfcMaterialProfileSetUsage", "IfcMaterialProfileSetUsageTapering")
"""Their attribute 0 is the set: ForLayerSet, ForProfileSet."""
_MEMBERS = {"IfcMaterialList": 0, "IfcMaterialLayerSet": 0, "IfcMaterialProfileSet": 2, "IfcMaterialConstituentSet": 2}
"""By class of a set: the number of the attribute with its members."""
_MEMBER_MATERIAL = {"IfcMaterialLayerSet": 0, "IfcMaterialProfileSet": 2, "IfcMaterialConstituentSet": 2}
"""By class of a set: the number of its members' attribute Material; the members of an IfcMaterialList are materials."""
_MATERIAL = {
    "IfcMaterialLayer": 0,
    "IfcMaterialLayerWithOffsets": 0,
    "IfcMaterialProfile": 2,
    "IfcMaterialProfileWithOffsets": 2,
    "IfcMaterialConstituent": 2,
}
"""By class of a member that is assigned without its set: the number of its attribute Material."""


class ProductMaterials:
    """The materials of the products of one file, assigned to them or to their types."""

    def __init__(self, file: File) -> None:
        self._selects = _material_selects(file)

    def single(self, product: int) -> Instance | None:
        """Return the material of a product (by STEP id): its only one, directly or as the only one of a set."""
        selects = self._selects.get(product, ())
        with suppress(*BROKEN):
            if len(selects) == 1:
                return _only_material(selects[0])
        return None

    def constituents(self, product: int) -> dict[str, Instance]:
        """Return the materials of a product's IfcMaterialConstituentSet by the name of the constituent."""
        named: dict[str, Instance] = {}
        for select in self._selects.get(product, ()):
            with suppress(*BROKEN):
                if class_of(select) == "IfcMaterialConstituentSet":
                    named |= {argument(member, 0): argument(member, 2) for member in argument(select, 2)}
        return named


def _material_selects(file: File) -> dict[int, list[Instance]]:
    """Return what IfcRelAssociatesMaterial assigns to each object, or else to its type, by STEP id."""
    of_object: dict[int, list[Instance]] = {}
    for relation in file.by_type("IfcRelAssociatesMaterial"):
        with suppress(*BROKEN):
            for related in argument(relation, RELATED):
                of_object.setdefault(step_id(related), []).append(argument(relation, RELATING))
    for relation in file.by_type("IfcRelDefinesByType"):
        with suppress(*BROKEN):
            if inherited := of_object.get(step_id(argument(relation, RELATING))):
                for related in argument(relation, RELATED):
                    of_object.setdefault(step_id(related), inherited)
    return of_object


def _only_material(select: Instance) -> Instance | None:
    """Return the IfcMaterial of an IfcMaterialSelect, or None when it has several or none."""
    if select is None:
        return None
    if class_of(select) in _USAGES:
        select = argument(select, 0)
    name = class_of(select)
    if name == "IfcMaterial":
        return select
    if name in _MATERIAL:
        return argument(select, _MATERIAL[name])
    members: Sequence[Instance] = argument(select, _MEMBERS[name]) if name in _MEMBERS else ()
    number = _MEMBER_MATERIAL.get(name)
    materials = [member if number is None else argument(member, number) for member in members]
    distinct = {None if material is None else step_id(material) for material in materials}
    return materials[0] if len(distinct) == 1 else None
