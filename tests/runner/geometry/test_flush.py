"""Cutters that are compared with a host together protrude from it as each does by itself."""

from __future__ import annotations

import numpy as np
import pytest
from manifold3d import Manifold

from ifcjob_runner.geometry.booleans import flush

HOST = Manifold.cube((10.0, 0.2, 3.0))
CUTTERS = [
    Manifold.cube((0.5, 0.2, 1.0)).translate((1.0, 0.0, 1.0)),
    Manifold.cube((0.5, 0.2, 1.0)).translate((2.0, 5e-5, 1.0)),
    Manifold.cube((0.5, 0.4, 1.0)).translate((3.0, -0.1, 1.0)),
    Manifold.cube((0.5, 0.2 - 8e-5, 2.0)).translate((4.0, 4e-5, 1.0)).rotate((0.0, 0.0, 1e-4)),
    Manifold.cylinder(0.2, 0.3, 0.3, 12).rotate((-90.0, 0.0, 0.0)).translate((6.0, 0.0, 1.5)),
]


@pytest.mark.parametrize("together", [0, 20, flush._TOGETHER], ids=["one by one", "in groups", "together"])
def test_cutters_protrude_as_each_does_by_itself(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [flush.protruding([cutter], HOST)[0].to_mesh64().vert_properties for cutter in CUTTERS]
    monkeypatch.setattr(flush, "_TOGETHER", together)
    moved = [cutter.to_mesh64().vert_properties for cutter in flush.protruding(CUTTERS, HOST)]
    for cutter, extended, expected in zip(CUTTERS, moved, alone, strict=True):
        assert extended == pytest.approx(expected, abs=1e-12)
        width = np.ptp(extended[:, 1])
        assert width > 0.2 or (extended == cutter.to_mesh64().vert_properties).all()
    assert moved[2].tolist() == CUTTERS[2].to_mesh64().vert_properties.tolist()
