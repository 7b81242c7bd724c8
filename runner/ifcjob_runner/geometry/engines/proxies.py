"""Append proxy products to the text of a file, so that ifclite meshes chosen items in a frame that we choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from ifcjob_runner.geometry.shapes import Leaf

    Place = npt.NDArray[np.float64]

ORIGIN = np.zeros(3)
_GUID = "0000000000000000000000"


class Proxies:
    """The lines to append to one file."""

    def __init__(self, free_id: int, centre: Place, length_scale: float) -> None:
        """Use STEP ids from `free_id`; a far proxy is placed at `centre`, in metres, the others at the origin."""
        self.centre = centre
        near = _placement(free_id, ORIGIN)
        self._lines = [*near, *_placement(free_id + 3, centre / length_scale)]
        self._near, self._far, self._axes = free_id + 2, free_id + 5, free_id + 1
        self._next = free_id + 6
        self._leaves: dict[tuple[int, str], int] = {}
        self.places: dict[int, Place] = {}
        """The places of the far proxies."""

    def add(self, items: Iterable[int], kind: str, *, far: bool) -> int:
        """Add a proxy that shows these items; return its STEP id."""
        number, placement = self._next, self._far if far else self._near
        listed = ",".join(f"#{item}" for item in items)
        self._lines += [
            f"#{number}=IFCSHAPEREPRESENTATION($,'Body','{kind}',({listed}));",
            f"#{number + 1}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{number}));",
            f"#{number + 2}=IFCBUILDINGELEMENTPROXY('{_GUID}',$,$,$,$,#{placement},#{number + 1},$,$);",
        ]
        self._next += 3
        if far:
            self.places[number + 2] = self.centre
        return number + 2

    def leaf(self, leaf: Leaf, *, far: bool) -> int:
        """Return the STEP id of the proxy of a leaf; leaves with the same item share one."""
        key = leaf.item, leaf.form
        if key not in self._leaves:
            item = self._formed(leaf) if leaf.form else leaf.item
            self._leaves[key] = self.add((item,), "SolidModel", far=far)
        return self._leaves[key]

    def appended_to(self, content: memoryview) -> bytes:
        """Return the file with the lines before the end of its last data section."""
        end = bytes(content[-4096:]).upper().rfind(b"ENDSEC")
        cut = len(content) - min(4096, len(content)) + end if end >= 0 else len(content)
        return b"".join((content[:cut], "\n".join(self._lines).encode(), b"\n", content[cut:]))

    def _formed(self, leaf: Leaf) -> int:
        number = self._next
        if leaf.form == "prism":
            self._lines += [
                f"#{number}=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#{leaf.item});",
                f"#{number + 1}=IFCDIRECTION((0.,0.,1.));",
                f"#{number + 2}=IFCEXTRUDEDAREASOLID(#{number},#{self._axes},#{number + 1},1.);",
            ]
        else:
            self._lines.append(f"#{number + 2}={leaf.form.upper()}(#{leaf.item});")
        self._next += 3
        return number + 2


def _placement(number: int, at: Place) -> list[str]:
    point = ",".join(map(repr, at.tolist()))
    return [
        f"#{number}=IFCCARTESIANPOINT(({point}));",
        f"#{number + 1}=IFCAXIS2PLACEMENT3D(#{number},$,$);",
        f"#{number + 2}=IFCLOCALPLACEMENT($,#{number + 1});",
    ]
