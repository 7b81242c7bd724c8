"""Elements that have a shape or place which the file cannot give: they are listed, never left out silently."""

from collections.abc import Iterator

from ifcjob_runner.data.attribute_access import PLACEMENT, REPRESENTATION, File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.metadata.lost_values import has_misread_numbers
from ifcjob_runner.data.metadata.missing_references import MissingReference, missing_references, take_log
from ifcjob_runner.geometry.doubt_reasons import MISSING_REFERENCE, joined
from ifcjob_runner.geometry.planning.selection import OTHER_IDENTIFIERS, Selection, descends
from ifcjob_runner.geometry.shapes import Worklist

_GEOMETRY = (
    "IfcProductRepresentation",
    "IfcRepresentation",
    "IfcRepresentationItem",
    "IfcObjectPlacement",
    "IfcProfileDef",
)
_SHAPES, _REPRESENTATIONS = ("IfcProductRepresentation",), ("IfcRepresentation",)
_MAX_VISITED = 10_000


def shape_problem(product: Instance) -> str | None:
    """Return why a product without a body may have one in a better file."""
    shape = argument(product, REPRESENTATION)
    if not descends(shape, _SHAPES):
        return f"its representation is an {class_of(shape)}"
    representations = argument(shape, 2)
    if not representations:
        return "its shape has no representations"
    for representation in representations:
        if representation is None or not descends(representation, _REPRESENTATIONS):
            return "its shape has something else than representations"
        if not argument(representation, 3) and argument(representation, 1) not in OTHER_IDENTIFIERS:
            return "a representation has no items"
    return None


def add_missing_references(worklist: Worklist, file: File, selection: Selection) -> None:
    """List the elements whose shape or place refers to instances that the file lacks; note misread numbers."""
    log = take_log()
    worklist.has_misread_numbers = has_misread_numbers(log)
    for reference in missing_references(file, log):
        worklist.missing.append(reference)
        for product in _products(file, reference):
            number = product.id()
            if number in worklist.expected or selection.passes(product):
                worklist.lacking.append(number)
            if number in worklist.expected:
                worklist.doubtful[number] = joined([worklist.doubtful.get(number, ""), MISSING_REFERENCE])
            elif selection.passes(product):
                worklist.expected[number] = (argument(product, 0) or "", class_of(product))
                worklist.unreadable[number] = f"Unreadable: the file has no #{reference.target}"


def _products(file: File, reference: MissingReference) -> Iterator[Instance]:
    """Yield the elements whose geometry is built from the instance with the missing reference."""
    if not reference.instance:
        return
    instance = file.by_id(reference.instance)
    if instance.is_a("IfcProduct") and reference.attribute not in (PLACEMENT, REPRESENTATION):
        return
    stack, visited = [instance], {reference.instance}
    while stack and len(visited) < _MAX_VISITED:
        instance = stack.pop()
        if instance.is_a("IfcProduct"):
            yield from _hosts(file, instance)
        elif any(instance.is_a(name) for name in _GEOMETRY):
            users = [user for user in file.get_inverse(instance) if user.id() not in visited]
            visited.update(user.id() for user in users)
            stack.extend(users)


def _hosts(file: File, product: Instance) -> list[Instance]:
    """Return the product itself, or for an opening the element that it cuts."""
    if not product.is_a("IfcFeatureElementSubtraction"):
        return [product]
    relations = [user for user in file.get_inverse(product) if user.is_a("IfcRelVoidsElement")]
    return [argument(relation, 4) for relation in relations if argument(relation, 4) is not None]
