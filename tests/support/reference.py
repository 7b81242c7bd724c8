"""OpenCASCADE's area, box and colours of every element of a real model. Slow, so cached outside the tree."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ifcjob" / "reference"


@dataclass(frozen=True)
class Measured:
    """One element, in world metres."""

    ifc_class: str
    area: float
    low: list[float]
    high: list[float]
    colours: list[list[float]]
    """Red, green, blue, alpha of every face style, sorted."""
    areas: list[float]
    """The surface area in each of the colours."""


def reference_of(path: Path) -> dict[str, Measured]:
    """Return OpenCASCADE's elements by GlobalId, from the cache when it has them."""
    # The measurements change with the file and with this module.
    digest = hashlib.sha256(path.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]
    cached = CACHE / f"{path.stem}-{digest}-{version('ifcopenshell')}.json"
    if not cached.exists():
        measured = {key: asdict(value) for key, value in _measure(path).items()}
        cached.parent.mkdir(parents=True, exist_ok=True)
        partial = cached.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(measured))
        partial.replace(cached)
    return {key: Measured(**value) for key, value in json.loads(cached.read_text()).items()}


def _measure(path: Path) -> dict[str, Measured]:
    import ifcopenshell
    import ifcopenshell.geom

    file = ifcopenshell.open(path)
    settings = ifcopenshell.geom.settings()
    contexts = [context.id() for context in file.by_type("IfcGeometricRepresentationContext")]
    settings.set("context-ids", contexts)
    chosen = [
        product
        for product in file.by_type("IfcProduct")
        if product.Representation and not product.is_a("IfcFeatureElementSubtraction") and not product.is_a("IfcSpace")
    ]
    iterator = ifcopenshell.geom.iterator(settings, file, 1, include=chosen, geometry_library="opencascade")
    if not chosen or not iterator.initialize():
        return {}
    bodies: dict[str, list[_Part]] = {}
    while True:
        element = iterator.get()
        geometry = element.geometry
        points = np.frombuffer(geometry.verts_buffer).reshape(-1, 3)
        triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
        # The bounding-box representation is not a body; it is included when its context is.
        if len(triangles) and element.context != "Box":
            placement = np.frombuffer(element.transformation_buffer).reshape(4, 4)
            world = points @ placement[:3, :3] + placement[3, :3]
            part = _Part(element.type, world, triangles.copy(), _colours(geometry))
            bodies.setdefault(element.guid, []).append(part)
        if not iterator.next():
            break
    return {guid: _measured(parts) for guid, parts in bodies.items()}


@dataclass(frozen=True)
class _Part:
    ifc_class: str
    points: Any
    triangles: Any
    colours: list[tuple[float, ...]]
    """One a triangle."""


def _measured(parts: list[_Part]) -> Measured:
    used = [part.points[part.triangles.ravel()] for part in parts]
    areas: dict[tuple[float, ...], float] = {}
    for part in parts:
        for colour, area in zip(part.colours, triangle_areas(part.points, part.triangles), strict=True):
            areas[colour] = areas.get(colour, 0.0) + float(area)
    return Measured(
        ifc_class=parts[0].ifc_class,
        area=sum(areas.values()),
        low=np.min([points.min(0) for points in used], axis=0).tolist(),
        high=np.max([points.max(0) for points in used], axis=0).tolist(),
        colours=[list(colour) for colour in sorted(areas)],
        areas=[areas[colour] for colour in sorted(areas)],
    )


def triangle_areas(points: Any, triangles: Any) -> Any:
    """Return the area of each triangle."""
    corner = points[triangles[:, 0]]
    cross = np.cross(points[triangles[:, 1]] - corner, points[triangles[:, 2]] - corner)
    return np.linalg.norm(cross, axis=1) / 2


def _colours(geometry: Any) -> list[tuple[float, ...]]:
    """Return red, green, blue, alpha of each triangle."""
    colours = []
    for material in geometry.materials:
        opaque = material.transparency != material.transparency
        alpha = 1.0 if opaque else 1.0 - material.transparency
        colours.append(tuple(round(value, 3) for value in (*material.diffuse.components, alpha)))
    # A face without a style is drawn in the engine's own grey.
    return [
        colours[number] if number >= 0 else (0.7, 0.7, 0.7, 1.0)
        for number in np.frombuffer(geometry.material_ids_buffer, np.int32).tolist()
    ]
