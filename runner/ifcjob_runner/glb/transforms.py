"""Placements as node transforms: translation, rotation and scale.

Numbers are rounded so that a vertex within 100 m of the element's origin moves by at most 0.05 mm, compressed 0.1 mm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from ifcjob_runner.glb.batches import F64

METRE = 1.0
TENTH_OF_A_MILLIMETRE = 0.0001
"""With compression nodes count in this unit, and the root scales by it: whole numbers make short JSON."""
_ROTATION_DECIMALS = 7
# Columns further from a right angle than this are skewed.
_SKEW = 1e-7
_NOISE = 1e-9


@dataclass(slots=True)
class Frames:
    """The position of stored coordinates in the mesh's own frame: position = origin + scale * coordinate."""

    origin: F64
    scale: F64
    reach: F64
    """Largest stored coordinate per axis; determines the significant digits of a scale."""
    is_box: npt.NDArray[np.bool_]
    """Whether the stored coordinates are exactly the corners of the unit cube."""

    @classmethod
    def identity(cls, count: int) -> Self:
        """Return the frames of meshes that are stored as they are."""
        return cls(np.zeros((count, 3)), np.ones((count, 3)), np.ones((count, 3)), np.zeros(count, dtype=bool))

    def of(self, meshes: npt.NDArray[np.int64]) -> Self:
        """Return the frames of some meshes, in their order."""
        return type(self)(self.origin[meshes], self.scale[meshes], self.reach[meshes], self.is_box[meshes])


class NodeTransforms:
    """The transforms of all placements, as glTF nodes need them."""

    def __init__(self, matrices: F64, frames: Frames, shift: F64, unit: float) -> None:
        linear, offset = matrices[:, :3, :3].copy(), matrices[:, :3, 3]
        translation = np.einsum("kij,kj->ki", linear, frames.origin) + offset - shift
        _unrotate_boxes(linear, translation, frames)
        lengths, rotation, skewed = _decompose(linear)
        self._translation = np.round(translation / unit, 5 if unit == METRE else 0)
        self._skewed = skewed.tolist()
        scale, reach = frames.scale / unit, frames.reach * unit
        self._inner_scale = _rounded(scale, reach)
        self._inner_rotation = np.tile((0.0, 0, 0, 1), (len(linear), 1))
        rotation[skewed], lengths[skewed], inner = _singular_values(linear[skewed])
        self._inner_rotation[skewed] = np.round(_quaternions(inner), _ROTATION_DECIMALS)
        self._rotation = np.round(_quaternions(rotation), _ROTATION_DECIMALS)
        far = np.linalg.norm(frames.scale * frames.reach, axis=1, keepdims=True)
        self._scale = np.where(skewed[:, None], _rounded(lengths, far), _rounded(lengths * scale, reach))

    def chain(self, index: int) -> list[dict[str, object]]:
        """Return the transform members of one placement: of one node, or of a node and its child.

        A node may not be skewed, but two of them can express any skew: rotate, scale, then rotate again.
        """
        rotation, scale = self._rotation[index].tolist(), self._scale[index].tolist()
        outer = _members(self._translation[index].tolist(), rotation, scale)
        if not self._skewed[index]:
            return [outer]
        inner = _members([0, 0, 0], self._inner_rotation[index].tolist(), self._inner_scale[index].tolist())
        return [outer, inner]


def _members(translation: list[float], rotation: list[float], scale: list[float]) -> dict[str, object]:
    """Return a node's transform; identity parts are left out."""
    members: dict[str, object] = {}
    if any(translation):
        members["translation"] = short(translation)
    # Not by w: the cosine of a small angle rounds to 1 long before the angle rounds to 0.
    if any(rotation[:3]):
        members["rotation"] = short(rotation)
    if scale != [1, 1, 1]:
        members["scale"] = short(scale)
    return members


def short(numbers: Sequence[float]) -> list[int | float]:
    """Write whole numbers without a decimal point."""
    return [int(x) if x == int(x) else x for x in numbers]


def _unrotate_boxes(linear: F64, translation: F64, frames: Frames) -> None:
    """Replace right-angle rotations and mirrors of boxes by another lowest corner and other sizes: an equal box."""
    along = np.abs(linear) > _NOISE
    square = frames.is_box & (along.sum(axis=1) == 1).all(axis=1) & (along.sum(axis=2) == 1).all(axis=1)
    scale = frames.scale[square]
    sizes = np.einsum("kij,kj->ki", linear[square], scale)
    translation[square] += np.minimum(sizes, 0)
    linear[square] = np.eye(3) * (np.abs(sizes) / scale)[:, None, :]


def _decompose(linear: F64) -> tuple[F64, F64, npt.NDArray[np.bool_]]:
    """Split into axis lengths (the first negative for mirrors) and rotations; return which are skewed or flattened."""
    lengths = np.linalg.norm(linear, axis=1)
    lengths[:, 0] *= np.where(np.linalg.det(linear) < 0, -1.0, 1.0)
    rotation = linear / np.where(lengths == 0, 1, lengths)[:, None, :]
    skew = np.einsum("kji,kjl->kil", rotation, rotation) - np.eye(3)
    return lengths, rotation, (np.abs(skew) > _SKEW).any(axis=(1, 2))


def _singular_values(linear: F64) -> tuple[F64, F64, F64]:
    """Split into rotation, lengths and rotation."""
    outer, lengths, inner = np.linalg.svd(linear)
    for rotation, last in ((outer, outer[:, :, 2]), (inner, inner[:, 2, :])):
        mirrored = np.linalg.det(rotation) < 0
        last[mirrored] *= -1
        lengths[mirrored, 2] *= -1
    return outer, lengths, inner


def _quaternions(rotation: F64) -> F64:
    """Return x, y, z, w with w >= 0."""
    r = rotation
    trace = np.trace(r, axis1=1, axis2=2)
    # Row c holds 4 * q[c] * q; the row of the largest component is the accurate one (Shepperd's method).
    rows = np.empty((len(r), 4, 4))
    for a in range(3):
        rows[:, a, a] = 1 + 2 * r[:, a, a] - trace
        for b in range(a):
            rows[:, a, b] = rows[:, b, a] = r[:, a, b] + r[:, b, a]
    rows[:, 3, 3] = 1 + trace
    for a, (b, c) in enumerate(((1, 2), (2, 0), (0, 1))):
        rows[:, a, 3] = rows[:, 3, a] = r[:, c, b] - r[:, b, c]
    best = np.argmax(rows[:, range(4), range(4)], axis=1)
    quaternion: F64 = rows[np.arange(len(r)), best]
    quaternion /= np.linalg.norm(quaternion, axis=1, keepdims=True)
    return quaternion * np.where(quaternion[:, 3:] < 0, -1.0, 1.0)


def _rounded(scale: F64, reach: F64) -> F64:
    """Round to the digits that move a vertex by a micrometre, and to no fewer than five significant ones."""
    size = np.abs(scale)
    significant = 4 - np.floor(np.log10(np.where(size == 0, 1, size)))
    decimals = np.maximum(significant, np.ceil(np.log10(np.maximum(reach, 1e-6) * 1e6)))
    factor = 10.0 ** np.clip(decimals, 0, 15)
    rounded: F64 = np.rint(scale * factor) / factor
    return rounded
