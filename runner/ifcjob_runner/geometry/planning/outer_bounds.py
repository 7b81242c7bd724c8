"""Find the items with faces that only `geometry.direct` respects: without an outer bound, or with a style."""

from collections.abc import Iterable

from ifcjob_runner.data.attribute_access import File
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id


def items_without_outer_bounds(file: File) -> set[int]:
    """Return the STEP ids of breps and surface models with a face of several bounds, none of which is the outer one.

    ifclite takes the first bound as the outer one, so they are meshed directly.
    """
    faces = {}
    for bound in file.by_type("IfcFaceBound", include_subtypes=False):
        for face in file.get_inverse(bound):
            faces[step_id(face)] = face
    items: set[int] = set()
    for face in faces.values():
        bounds = argument(face, 0)
        if len(bounds) > 1 and all(class_of(bound) == "IfcFaceBound" for bound in bounds):
            items |= {step_id(item) for shell in file.get_inverse(face) for item in file.get_inverse(shell)}
    return items


def items_of_faces(file: File, faces: Iterable[int]) -> set[int]:
    """Return the STEP ids of the items with one of these faces."""
    items: set[int] = set()
    for number in faces:
        for user in file.get_inverse(file.by_id(number)):
            if class_of(user) == "IfcPolygonalFaceSet":
                items.add(step_id(user))
            elif user.is_a("IfcConnectedFaceSet"):
                items |= {step_id(item) for item in file.get_inverse(user)}
    return items
