"""Mesh one body with OpenCASCADE: every feature of every schema, several colours; its result settles a doubt."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ifcjob_runner.data.attribute_access import File, Instance
from ifcjob_runner.geometry.booleans.solid_meshes import SolidMesh
from ifcjob_runner.geometry.canonical import canonical, outward, without_broken
from ifcjob_runner.geometry.meshes import Mesh
from ifcjob_runner.geometry.shapes import Leaf, Shape

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions


Arrays = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]


class Kernel:
    """IfcOpenShell's OpenCASCADE kernel on one open file."""

    def __init__(self, file: File, options: "GltfOptions") -> None:
        from ifcopenshell import geom  # loaded in the process that needs it

        self._file = file
        self._geom = geom
        self._settings = geom.settings()
        if options.linear_deflection is not None:
            self._settings.set("mesher-linear-deflection", options.linear_deflection)
        if options.angular_deflection is not None:
            self._settings.set("mesher-angular-deflection", options.angular_deflection)

    def mesh(self, shape: Shape) -> tuple[Mesh, list[float]] | None:
        """Return the shape's mesh and its shift (see `canonical`), or None when the kernel makes no triangles."""
        body = self._file.by_id(shape.representation)
        try:
            if shape.cut:
                product = self._file.by_id(shape.product)
                # Keep the element: its geometry is valid only as long as it exists.
                element = self._geom.create_shape(self._settings, product, body)
                return _mesh_of(element.geometry, shape)
            return _mesh_of(self._geom.create_shape(self._settings, body), shape)
        except RuntimeError:  # the binding's only exception: the kernel could not build the body
            return None

    def item(self, item: Instance) -> Arrays | None:
        """Return the points and triangles of one item in its frame, or None when the kernel makes no triangles."""
        try:
            geometry = self._geom.create_shape(self._settings, item)
        except RuntimeError:
            return None
        points = np.frombuffer(geometry.verts_buffer).reshape(-1, 3)
        triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).astype(np.int64)
        return (points, triangles) if len(triangles) else None

    def leaf(self, leaf: Leaf) -> SolidMesh | None:
        """Return the mesh of a leaf, in the frame of its item; None when the kernel makes no triangles."""
        arrays = self.item(self._formed(leaf))
        if arrays is None:
            return None
        points, triangles = arrays[0].copy(), arrays[1][without_broken(*arrays)]
        return SolidMesh(points, triangles) if len(triangles) else None

    def _formed(self, leaf: Leaf) -> Instance:
        """Return the item of a leaf; a solid that the file does not have is added to the open file."""
        item = self._file.by_id(leaf.item)
        if not leaf.form:
            return item
        if leaf.form != "prism":
            return self._file.create_entity(leaf.form, item)
        create = self._file.create_entity
        position = create("IfcAxis2Placement3D", create("IfcCartesianPoint", (0.0, 0.0, 0.0)))
        profile = create("IfcArbitraryClosedProfileDef", "AREA", None, item)
        return create("IfcExtrudedAreaSolid", profile, position, create("IfcDirection", (0.0, 0.0, 1.0)), 1.0)


def _mesh_of(geometry: Instance, shape: Shape) -> tuple[Mesh, list[float]] | None:
    points = np.frombuffer(geometry.verts_buffer).reshape(-1, 3)
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
    if not len(triangles):
        return None
    whole = without_broken(points, triangles)
    # The kernel knows fewer styles than planning, but the item of each face. Items of one colour are one part.
    items, of_triangle = np.unique(np.frombuffer(geometry.item_ids_buffer, np.int32)[whole], return_inverse=True)
    colours = [shape.item_colours.get(item, shape.colour) for item in items.tolist()]
    distinct = sorted(set(colours))
    of_triangle = np.array([distinct.index(colour) for colour in colours], np.int64)[of_triangle.reshape(-1)]
    triangles = triangles[whole]
    if not len(triangles):
        return None
    order = np.argsort(of_triangle, kind="stable")
    counts = np.bincount(of_triangle, minlength=len(distinct))
    parts = tuple((colour, int(count)) for colour, count in zip(distinct, counts, strict=True) if count)
    return canonical(points, outward(points, triangles[order]), parts)
