"""Documents and libraries outside the file: their names and URIs."""

from collections.abc import Iterable, Sequence

from ifcjob_runner.data.attribute_access import Instance, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.document import ExternalResource
from ifcjob_runner.data.model import Model

DOCUMENTS = ("IfcDocumentInformation", "IfcDocumentReference")
LIBRARIES = ("IfcLibraryInformation", "IfcLibraryReference")
IDENTIFICATIONS = ("Identification", "DocumentId", "ItemReference")
LINKS = ("ReferencedDocument", "ReferencedLibrary", "DocumentReferences", "LibraryReference")
"""From a reference to its document or library (IFC4), or from that to its references (IFC2X3)."""


def external_resources(model: Model, classes: Iterable[str]) -> list[ExternalResource]:
    """Describe every instance of these classes, sorted by STEP id; a link fills in a name or URI that is not set."""
    instances = sorted((i.this for ifc_class in classes for i in model.all(ifc_class)), key=step_id)
    return [_describe(model, instance) for instance in instances]


def _describe(model: Model, instance: Instance) -> ExternalResource:
    group = [instance, *_linked(model, instance)]
    return {
        "stepId": model.original_id(step_id(instance)),
        "class": class_of(instance),
        "identification": _first_text(model, [instance], IDENTIFICATIONS),
        "name": _first_text(model, group, ("Name",)),
        "uri": _first_text(model, group, ("Location",)),
    }


def _linked(model: Model, instance: Instance) -> list[Instance]:
    values = [model.attribute(instance, name) for name in LINKS]
    return [link for v in values for link in pointers(v if isinstance(v, tuple) else [v] if is_instance(v) else ())]


def _first_text(model: Model, instances: Sequence[Instance], names: Iterable[str]) -> str | None:
    texts = (model.text(i, name) for name in names for i in instances)
    return next((text for text in texts if text), None)
