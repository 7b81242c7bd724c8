"""Choose the engine that is trusted with an item of a body, by `engine_table`.

ifclite is tried first: it is the fastest engine and, on every measured file, as exact as OpenCASCADE. OpenCASCADE
meshes bodies with openings in several colours, and all bodies when the request sets a deflection. Items that an
engine draws wrong or not at all are meshed directly from their attributes.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry.planning.engine_table import (
    DIRECT_PROFILES,
    ENGINES,
    IGNORED_ATTRIBUTES,
    LITE,
    OTHERS,
    SIMPLE_REVOLVED,
    Condition,
    Row,
)
from ifcjob_runner.geometry.planning.outer_bounds import items_of_faces, items_without_outer_bounds
from ifcjob_runner.geometry.shapes import EngineName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ifcjob_runner.engine_options import GltfOptions

_ONE_TURN = 6.284
_SPECIAL_FIRST: tuple[EngineName, ...] = ("direct", "kernel")
_SLOT = 4
"""The number of segments of two arcs and two lines."""
_ARBITRARY_PROFILES = frozenset({"IfcArbitraryClosedProfileDef", "IfcArbitraryProfileDefWithVoids"})
_WITHOUT_CURVES = frozenset({"IfcRectangleProfileDef", "IfcCircleProfileDef"})
_SWEPT_SURFACES = frozenset({"IfcSurfaceOfLinearExtrusion", "IfcSurfaceOfRevolution"})


class EngineChoice:
    """The engine of each item of one file."""

    def __init__(self, file: File, options: "GltfOptions", styled_faces: "Iterable[int]" = ()) -> None:
        """Choose for a file in which these faces have styles."""
        colour_maps = () if file.schema == "IFC2X3" else file.by_type("IfcIndexedColourMap")
        self._coloured_faces = {
            step_id(argument(colour_map, 0)) for colour_map in colour_maps if argument(colour_map, 0) is not None
        }
        self._styled_faces = items_of_faces(file, styled_faces)
        self._coloured_faces |= self._styled_faces
        self._unmarked = items_without_outer_bounds(file)
        self._file = file
        self._has_unusual_curves = bool(file.by_type("IfcBSplineCurve") or file.by_type("IfcTrimmedCurve"))
        self._mapped: dict[int, EngineName] = {}
        # Only OpenCASCADE respects a deflection.
        no_deflection = options.linear_deflection is None and options.angular_deflection is None
        self._usual: EngineName = "lite" if no_deflection else "kernel"
        self._conditions: dict[Condition, Callable[[Instance], bool]] = {
            "an unproved profile": self._has_unproved_profile,
            "an unproved profile, or more than a turn": self._is_unproved_revolution,
            "a bent or trimmed directrix": _disk,
            "indirect indices, flags or colours of faces": self._has_face_data,
            "colours of faces": self._has_coloured_faces,
            "faces without an outer bound or with styles": self._has_special_faces,
            "faces on swept surfaces": _has_swept_faces,
            "curved faces": _has_curved_faces,
        }

    def of_item(self, item: Instance) -> EngineName:
        """Return the engine that is trusted with this item."""
        if class_of(item) == "IfcMappedItem":
            return self._of_mapped(item)
        engine = self._row(item, class_of(item)).engine
        return self._usual if engine == "lite" else engine

    def of_items(self, items: tuple[Instance, ...]) -> tuple[set[EngineName], bool]:
        """Return the engines that are trusted with these items, and whether they draw all of them right."""
        engines: set[EngineName] = set()
        proved = True
        for item in items:
            name = class_of(item)
            if name == "IfcMappedItem":
                engines.add(self._of_mapped(item))
                continue
            row = self._row(item, name)
            engines.add(self._usual if row.engine == "lite" else row.engine)
            proved &= row.proved
        return engines, proved

    def loses_styles(self, item: Instance) -> bool:
        """Return whether faces of the item have styles that its engine ignores."""
        return step_id(item) in self._styled_faces and self.of_item(item) != "direct"

    def _row(self, item: Instance, name: str) -> Row:
        if name == "IfcCsgSolid":
            name = class_of(argument(item, 0))
        for row in ENGINES.get(name, OTHERS):
            if not row.condition or self._conditions[row.condition](item):
                return row
        return LITE

    def _of_mapped(self, item: Instance) -> EngineName:
        """Return the engine of a mapped representation; one that needs another engine in part needs it as a whole."""
        representation = argument(argument(item, 0), 1)
        known = self._mapped.get(step_id(representation))
        if known is None:
            self._mapped[step_id(representation)] = self._usual  # a representation that maps itself ends here
            engines = {self.of_item(inner) for inner in argument(representation, 3)}
            others = [engine for engine in _SPECIAL_FIRST if engine in engines]
            known = self._mapped[step_id(representation)] = others[0] if others else self._usual
        return known

    def _has_face_data(self, item: Instance) -> bool:
        # PnIndex of a face set, and Flags of a TIN.
        indirect, flags = argument(item, 4), argument(item, 5) if len(item) > 5 else None
        return not has_old_normals(item) and (bool(indirect or flags) or self._has_coloured_faces(item))

    def _has_coloured_faces(self, item: Instance) -> bool:
        return step_id(item) in self._coloured_faces

    def _has_unproved_profile(self, item: Instance) -> bool:
        profile = argument(item, 0)
        return _is_direct_profile(profile) or (self._has_unusual_curves and self._has_unproved_curve(profile))

    def _is_unproved_revolution(self, item: Instance) -> bool:
        angle, profile = argument(item, 3), argument(item, 0)
        simple = class_of(profile) in SIMPLE_REVOLVED and not self._has_unproved_curve(profile)
        return not simple or angle is None or abs(angle) > _ONE_TURN

    def _has_unproved_curve(self, profile: Instance) -> bool:
        """Return whether a profile has a spline or an arc of several turns, which no other engine draws right."""
        if not self._has_unusual_curves or class_of(profile) in _WITHOUT_CURVES:
            return False
        return any(map(self._is_unproved_curve, _curves(profile)))

    def _is_unproved_curve(self, curve: Instance) -> bool:
        name = class_of(curve)
        if name != "IfcTrimmedCurve":
            return "BSpline" in name or "Bezier" in name
        selects = (*argument(curve, 1), *argument(curve, 2))
        trims = [float(argument(select, 0)) for select in selects if class_of(select) == "IfcParameterValue"]
        if not trims or class_of(argument(curve, 0)) == "IfcLine" or max(map(abs, trims)) < _ONE_TURN:
            return False
        between = max(trims) - min(trims)
        return between * self._angle > _ONE_TURN or max(map(abs, trims)) * self._angle > 2 * _ONE_TURN

    @cached_property
    def _angle(self) -> float:
        """Radians per unit of plane angle."""
        from ifcjob_runner.data.model import Model  # few profiles need it
        from ifcjob_runner.data.units import ProjectUnits

        return ProjectUnits(Model(self._file)).scale("PLANEANGLEUNIT")

    def _has_special_faces(self, item: Instance) -> bool:
        return step_id(item) in self._unmarked or step_id(item) in self._styled_faces


def has_old_normals(item: Instance) -> bool:
    """Return whether a face set has indices of normals in place of PnIndex, as IFC4 had before its first addendum."""
    indirect = argument(item, 4)
    return bool(indirect) and not isinstance(indirect[0], int)


def _disk(item: Instance) -> bool:
    """Return whether a disk is swept along anything but one whole line."""
    curve = argument(item, 0)
    straight = class_of(curve) == "IfcPolyline" and len(argument(curve, 0)) == 2
    return not straight or argument(item, 3) is not None or argument(item, 4) is not None


def _surfaces(brep: Instance) -> set[str]:
    """Return the classes of the surfaces of an advanced brep's faces."""
    return {class_of(argument(face, 1)) for face in argument(argument(brep, 0), 0)}


def _has_swept_faces(brep: Instance) -> bool:
    return not _SWEPT_SURFACES.isdisjoint(_surfaces(brep))


def _has_curved_faces(brep: Instance) -> bool:
    return _surfaces(brep) != {"IfcPlane"}


def _is_coarse(curve: Instance) -> bool:
    """Return whether ifclite draws an outline with too few corners."""
    name = class_of(curve)
    if name == "IfcCompositeCurve":  # a circle or a slot of half turns, which have eight chords each
        segments = [argument(segment, 2) for segment in argument(curve, 0)]
        arcs = sum(class_of(segment) == "IfcTrimmedCurve" for segment in segments)
        return len(segments) <= _SLOT and 2 * arcs >= len(segments)
    if name != "IfcIndexedPolyCurve":
        return name in ("IfcCircle", "IfcEllipse")
    return any(class_of(segment) == "IfcArcIndex" for segment in argument(curve, 1) or ())


def _is_direct_profile(profile: Instance) -> bool:
    name = class_of(profile)
    if name in IGNORED_ATTRIBUTES:
        numbers = IGNORED_ATTRIBUTES[name]
        ignored = any(argument(profile, number) for number in numbers if number < len(profile))
        return ignored or (name == "IfcLShapeProfileDef" and argument(profile, 4) is None)
    if name == "IfcMirroredProfileDef":
        return _is_direct_profile(argument(profile, 2))
    if name in _ARBITRARY_PROFILES:
        return _is_coarse(argument(profile, 2))
    return name in DIRECT_PROFILES


def _curves(item: Instance) -> "Iterator[Instance]":
    """Yield the curves of a profile, or the segments of a curve."""
    name = class_of(item)
    if name.endswith("CompositeProfileDef"):
        for part in argument(item, 2):
            yield from _curves(part)
    elif name.endswith("CompositeCurve"):
        for segment in argument(item, 0):
            yield from _curves(argument(segment, 2))
    elif name in ("IfcArbitraryClosedProfileDef", "IfcDerivedProfileDef", "IfcMirroredProfileDef"):
        yield from _curves(argument(item, 2))
    elif name == "IfcArbitraryProfileDefWithVoids":
        for curve in (argument(item, 2), *argument(item, 3)):
            yield from _curves(curve)
    else:
        yield item
