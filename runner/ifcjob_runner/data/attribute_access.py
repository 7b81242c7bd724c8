"""Read IFC instances by attribute number, below the engine's Python classes; no other module does so.

An attribute costs a C call, and the engine's Python layer doubles that, so hot loops use these functions directly.
They take an instance or its pointer (`instance.this`), which is faster still.
"""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import ifcopenshell
from ifcopenshell import _ifcopenshell_wrapper as engine

File = Any
"""A file that the engine has opened."""
Instance = Any
"""An instance of the engine, or its pointer."""
Value = Any
"""The value of an attribute: an instance, a plain value, a tuple of values, or None."""

read_argument: Callable[[Instance, int], Value] = engine.entity_instance_get_argument
"""The engine's own function for `argument`."""
argument = read_argument
"""Return the attribute with this number, counted from 0 over all inherited attributes.

Raises RuntimeError when the line in the file is broken; None as the instance crashes the process.
"""
class_of: Callable[[Instance], str] = engine.entity_instance_is_a
"""Return the IFC class, such as `IfcWall`; None crashes the process."""
step_id: Callable[[Instance], int] = engine.entity_instance_id
"""Return the STEP id of an instance, 42 for `#42`; 0 for a value."""


def checked_argument(instance: Instance, number: int) -> Value:
    """Return the attribute with this number; raise TypeError for None, where `argument` would crash the process.

    For attributes that are mandatory in the schema but may be missing in a file.
    """
    if instance is None:
        raise TypeError(_ABSENT)
    return argument(instance, number)


def checked_class_of(instance: Instance) -> str:
    """Return the IFC class; raise TypeError for None, where `class_of` would crash the process."""
    if instance is None:
        raise TypeError(_ABSENT)
    return class_of(instance)


def checked_step_id(instance: Instance) -> int:
    """Return the STEP id; raise TypeError for None, where `step_id` would crash the process."""
    if instance is None:
        raise TypeError(_ABSENT)
    return step_id(instance)


def read_through(reader: Callable[[Instance, int], Value]) -> None:
    """Have the runner's modules, imported already or later, read attributes with `reader`."""
    present = argument
    for name, module in tuple(sys.modules.items()):
        if name.startswith("ifcjob_runner.") and vars(module).get("argument") is present:
            vars(module)["argument"] = reader  # hot loops have imported the function itself


_ABSENT = "a mandatory attribute is not set"
_PYTHON_CLASS = ifcopenshell.entity_instance

# Attribute numbers that are the same in IFC2X3, IFC4 and IFC4X3.
GLOBAL_ID, OWNER_HISTORY, NAME, DESCRIPTION, OBJECT_TYPE, PLACEMENT, REPRESENTATION = range(7)
RELATED, RELATING = 4, 5


@contextmanager
def reading() -> Iterator[None]:
    """Read many instances a third faster inside the block; nothing may change instances in the meantime.

    The engine wraps each returned instance in a Python object through the `__setattr__` of that class, which is written
    in Python to support `wall.Name = "x"`. The cycle collector would visit all these objects in vain.
    """
    if "__setattr__" in vars(_PYTHON_CLASS):  # a block within a block
        yield
        return
    collecting = gc.isenabled()
    gc.disable()
    _PYTHON_CLASS.__setattr__ = object.__setattr__
    try:
        yield
    finally:
        del _PYTHON_CLASS.__setattr__
        if collecting:
            gc.enable()


def is_instance(value: object) -> bool:
    """Return whether a value is an instance; False for pointers."""
    return isinstance(value, _PYTHON_CLASS)


class Schema:
    """Attribute numbers, attribute types and ancestors of the classes of one IFC schema."""

    def __init__(self, identifier: str) -> None:
        self._definition = ifcopenshell.ifcopenshell_wrapper.schema_by_name(identifier)
        self._attributes: dict[str, dict[str, int]] = {}
        self._ancestors: dict[str, frozenset[str]] = {}

    def has(self, ifc_class: str) -> bool:
        """Return whether the schema has this class."""
        return self._declaration(ifc_class) is not None

    def index(self, ifc_class: str, attribute: str) -> int:
        """Return the number of an attribute, or -1 when the class has no attribute of that name."""
        return self.attributes(ifc_class).get(attribute, -1)

    def attributes(self, ifc_class: str) -> dict[str, int]:
        """Return the number of each attribute of a class, in order."""
        known = self._attributes.get(ifc_class)
        if known is None:
            entity = self._declaration(ifc_class)
            names = [] if entity is None else [a.name() for a in entity.all_attributes()]
            known = self._attributes[ifc_class] = {name: number for number, name in enumerate(names)}
        return known

    def attribute_type(self, ifc_class: str, number: int) -> str | None:
        """Return the declared type of an attribute, such as `IfcLengthMeasure`; None for an unnamed type."""
        declared = self._declaration(ifc_class).all_attributes()[number].type_of_attribute()
        while declared.as_aggregation_type() is not None:
            declared = declared.type_of_element()
        named = declared.as_named_type()
        return None if named is None else str(named.declared_type().name())

    def is_a(self, ifc_class: str, ancestor: str) -> bool:
        """Return whether a class is `ancestor` or a subclass of it."""
        known = self._ancestors.get(ifc_class)
        if known is None:
            names = []
            entity = self._declaration(ifc_class)
            while entity is not None:
                names.append(entity.name())
                entity = entity.supertype()
            known = self._ancestors[ifc_class] = frozenset(names)
        return ancestor in known

    def _declaration(self, ifc_class: str) -> Any:
        try:
            return self._definition.declaration_by_name(ifc_class).as_entity()
        except RuntimeError:
            return None


@cache
def schema_of(identifier: str) -> Schema:
    """Return the schema with this identifier, such as `IFC4X3_ADD2`."""
    return Schema(identifier)


def pointers(instances: Iterable[Instance] | None) -> list[Instance]:
    """Return the pointers of an attribute that holds instances, without null and values of other types."""
    if not instances:
        return []
    try:
        return [i.this for i in instances]
    except AttributeError:
        return [i.this for i in instances if is_instance(i)]
    except TypeError:  # a single value where the schema has a list
        return []
