"""The origin shift: graphics cards calculate in 32-bit floats, which have steps of 1 mm at 10 km from the origin."""

from typing import TYPE_CHECKING

import numpy as np

from ifcjob_runner.glb.batches import F64

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions

# Metres; 32-bit floats below 1024 are at most 0.06 mm apart.
_EXACT_WITHIN = 1000.0
_ROUND_TO = 100.0


def origin_shift(options: "GltfOptions", boxes: F64) -> F64:
    """Return the point (3,) of the world, in metres and IFC axes, that becomes the GLB's origin.

    `boxes` are the (elements, 2, 3) bounding boxes of the drawn elements.
    """
    if options.origin == "explicit":
        assert options.origin_offset is not None  # checked by ifcjob.options.GltfOptions
        return np.array(options.origin_offset)
    if options.origin == "none" or not len(boxes):
        return np.zeros(3)
    # The median, not the mean: a single stray element must not move the origin away from the building.
    middle = _median(boxes.mean(axis=1))
    far = np.maximum(-boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)) > _EXACT_WITHIN
    return np.where(far, np.rint(middle / _ROUND_TO) * _ROUND_TO, 0.0) + 0.0


def _median(rows: F64) -> F64:
    """Return the median of each column; np.median would import numpy.ma, which takes 10 ms at the end of each run."""
    ordered = np.sort(rows, axis=0)
    middle: F64 = (ordered[(len(rows) - 1) // 2] + ordered[len(rows) // 2]) / 2
    return middle
