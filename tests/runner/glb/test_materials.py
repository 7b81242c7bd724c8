"""Materials of the GLB: colours of IFC are sRGB, and glTF's baseColorFactor is linear."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from ifcjob_runner.glb.json_arrays import JsonArray
from ifcjob_runner.glb.materials import Materials


@pytest.mark.parametrize(
    ("srgb", "linear"),
    [(0.0, 0.0), (0.04, 0.003096), (0.5, 0.214041), (0.735357, 0.5), (1.0, 1.0)],
    ids=["black", "dark, on the straight part of the curve", "half", "half the light", "white"],
)
def test_a_colour_is_converted_to_linear_light(srgb: float, linear: float) -> None:
    assert _factor((srgb, 0.0, 1.0, 0.5)) == pytest.approx([linear, 0.0, 1.0, 0.5], abs=1e-6)


def test_the_name_of_a_material_is_its_srgb_colour() -> None:
    assert _material((0.5, 0.0, 1.0, 1.0))["name"] == "#8000FF"


def _factor(colour: tuple[float, float, float, float]) -> list[float]:
    return _material(colour)["pbrMetallicRoughness"]["baseColorFactor"]


def _material(colour: tuple[float, float, float, float]) -> dict[str, Any]:
    items, document = JsonArray(io.BytesIO), io.BytesIO()
    Materials(items).number(colour)
    items.copy_to(document)
    (material,) = json.loads(document.getvalue())
    assert isinstance(material, dict)
    return material
