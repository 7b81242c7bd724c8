"""Elements that need a line on which the engine died while it planned: left out, or drawn as doubtful.

The engine must not read such a line again, so its class and its references are taken from the file's text.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ifcjob_runner.data.attribute_access import File, Instance, schema_of
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.data.mapped_file import mapped
from ifcjob_runner.geometry.doubt_reasons import COLOUR_UNKNOWN, joined
from ifcjob_runner.geometry.planning.material_colours import BROKEN
from ifcjob_runner.geometry.planning.selection import Selection
from ifcjob_runner.geometry.planning.styles import first_operand
from ifcjob_runner.geometry.shapes import Worklist

_COLOUR_CLASSES = (
    "IfcStyledItem", "IfcRelAssociates", "IfcRelDefinesByType", "IfcPresentationLayerAssignment",
    "IfcIndexedColourMap", "IfcTextureCoordinate",
)  # fmt: skip
"""Classes with lines that decide the colour of elements only; other relations may decide their shape."""
_TREE_CLASSES = ("IfcRelAggregates", "IfcRelNests", "IfcRelContainedInSpatialStructure")
"""Classes with lines that decide the storey of elements."""
_REFERENCE = re.compile(rb"#(\d+)")
_TEXT = re.compile(rb"'((?:[^']|'')*)'")


@dataclass(frozen=True, slots=True)
class Statement:
    """One line as the file spells it."""

    ifc_class: str
    global_id: str
    """Its first text: the GlobalId of an IfcRoot."""
    references: frozenset[int]


def leave_out(worklist: Worklist, lost: Mapping[int, str], path: Path, file: File, selection: Selection) -> None:
    """List the elements that need one of the lost lines, and remove those with an uncertain shape."""
    schema = schema_of(file.schema_identifier)
    elements_of_item = _elements_of_items(worklist, file)
    for number, statement in sorted(_statements(path, lost, file.schema_identifier).items()):
        name, reason = statement.ifc_class, f"{lost[number]}: while planning"
        if schema.is_a(name, "IfcProduct"):
            if selection.includes(number, name, statement.global_id):
                worklist.expected[number] = (statement.global_id, name)
                worklist.unreadable[number] = reason
            continue
        if any(schema.is_a(name, ancestor) for ancestor in _TREE_CLASSES):
            for product in selection.without_storey(_instances(file, statement.references - lost.keys())):
                worklist.expected[product.id()] = (argument(product, 0) or "", class_of(product))
                worklist.unreadable[product.id()] = f"{reason} its {name}"
        elements = set(statement.references & worklist.expected.keys())
        elements.update(*(elements_of_item.get(reference, ()) for reference in statement.references))
        if any(schema.is_a(name, ancestor) for ancestor in _COLOUR_CLASSES):
            for element in elements:
                worklist.doubtful[element] = joined([worklist.doubtful.get(element, ""), COLOUR_UNKNOWN])
        else:
            worklist.unreadable |= dict.fromkeys(elements, f"{reason} its {name}")
    _remove(worklist, worklist.unreadable.keys())


def _instances(file: File, numbers: Iterable[int]) -> Iterator[Instance]:
    for number in sorted(numbers):
        with suppress(RuntimeError):  # the file may lack it
            yield file.by_id(number)


def _statements(path: Path, numbers: Collection[int], schema: str) -> dict[int, Statement]:
    """Find the lines in the file."""
    import ifcopenshell

    alternatives = b"|".join(b"%d" % number for number in numbers)
    line = re.compile(rb"#(%s)\s*=\s*(\w+)\s*(\((?:'[^']*'|[^';])*\))\s*;" % alternatives)
    declarations = ifcopenshell.ifcopenshell_wrapper.schema_by_name(schema)
    statements = {}
    with mapped(path) as content:
        for match in line.finditer(content):
            number, name, values = match.groups()
            text = _TEXT.search(values)
            statements[int(number)] = Statement(
                declarations.declaration_by_name(name.decode()).name(),
                text[1].decode("ascii", "replace") if text else "",
                frozenset(map(int, _REFERENCE.findall(_TEXT.sub(b"", values)))),
            )
    return statements


def _elements_of_items(worklist: Worklist, file: File) -> dict[int, set[int]]:
    """Return the elements that show each representation item, those of mapped items and first operands included."""
    elements: dict[int, set[int]] = {}
    for shape in worklist.shapes:
        pending, seen = [*argument(file.by_id(shape.representation), 3)], set[int]()
        while pending:
            item = pending.pop()
            if step_id(item) in seen:
                continue
            seen.add(step_id(item))
            elements.setdefault(step_id(item), set()).update(shape.elements)
            with suppress(*BROKEN):
                pending.extend(_inner_items(item))
    return elements


def _inner_items(item: Instance) -> Sequence[Instance]:
    if class_of(item) == "IfcMappedItem":
        items: Sequence[Instance] = argument(argument(argument(item, 0), 1), 3)
        return items
    operand = first_operand(item)
    return () if operand is None else (operand,)


def _remove(worklist: Worklist, elements: Collection[int]) -> None:
    """Remove elements from the shapes, and shapes without elements."""
    for shape in worklist.shapes:
        kept = [pair for pair in zip(shape.elements, shape.affines, strict=True) if pair[0] not in elements]
        shape.elements, shape.affines = [element for element, _ in kept], [affine for _, affine in kept]
    worklist.shapes[:] = [shape for shape in worklist.shapes if shape.elements]
