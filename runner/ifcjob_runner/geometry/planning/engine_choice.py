"""Choose the engine that is trusted with an item of a body.

ifclite is tried first: it is the fastest engine and, on every measured file, as exact as OpenCASCADE. OpenCASCADE
meshes bodies with openings in several colours, and all bodies when the request sets a deflection. Items that both
engines draw wrong or not at all are meshed directly from their attributes.
"""

from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry.shapes import EngineName

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions

_DIRECT_CLASSES = frozenset(
    {
        "IfcBlock",
        "IfcRectangularPyramid",
        "IfcRightCircularCone",
        "IfcRightCircularCylinder",
        "IfcSphere",
        "IfcBoundingBox",
    }
)
_TRIANGULATED_CLASSES = ("IfcTriangulatedFaceSet", "IfcTriangulatedIrregularNetwork")


class EngineChoice:
    """The engine of each item of one file."""

    def __init__(self, file: File, options: "GltfOptions") -> None:
        colour_maps = () if file.schema == "IFC2X3" else file.by_type("IfcIndexedColourMap")
        self._coloured_faces = {
            step_id(argument(colour_map, 0)) for colour_map in colour_maps if argument(colour_map, 0) is not None
        }
        # Only OpenCASCADE respects a deflection.
        no_deflection = options.linear_deflection is None and options.angular_deflection is None
        self._usual: EngineName = "lite" if no_deflection else "kernel"

    def of_item(self, item: Instance) -> EngineName:
        """Return the engine that is trusted with this item."""
        return "direct" if self._is_direct(item) else self._usual

    def _is_direct(self, item: Instance) -> bool:
        name = class_of(item)
        if name == "IfcCsgSolid":
            name = class_of(argument(item, 0))
        if name not in _TRIANGULATED_CLASSES:
            return name in _DIRECT_CLASSES
        # PnIndex of a face set, and Flags of a TIN. IFC4 before its first addendum had nested indices of normals there.
        indirect, flags = argument(item, 4), argument(item, 5) if len(item) > 5 else None
        nested = bool(indirect) and not isinstance(indirect[0], int)
        return not nested and (bool(indirect or flags) or step_id(item) in self._coloured_faces)
