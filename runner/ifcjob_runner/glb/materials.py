"""glTF materials, one per colour."""

from ifcjob_runner.geometry.meshes import Colour
from ifcjob_runner.glb.json_arrays import JsonArray, JsonObject
from ifcjob_runner.glb.transforms import short


class Materials:
    """The document's materials, without duplicates."""

    def __init__(self, items: JsonArray) -> None:
        self._items = items
        self._known: dict[Colour, int] = {}

    def number(self, colour: Colour) -> int:
        """Return the number of the material with this colour."""
        number = self._known.get(colour)
        if number is None:
            # 1e-6 is far below what a display can show; engines differ in the sixteenth digit.
            rounded = (round(colour[0], 6), round(colour[1], 6), round(colour[2], 6), round(colour[3], 6))
            number = self._known.get(rounded)
            if number is None:
                number = self._known[rounded] = self._items.append(_material(rounded))
            self._known[colour] = number
        return number


def _material(colour: Colour) -> JsonObject:
    channels = colour if colour[3] < 1 else colour[:3]
    surface: JsonObject = {"metallicFactor": 0, "roughnessFactor": 0.8}
    if colour != (1, 1, 1, 1):
        surface["baseColorFactor"] = short([*map(_linear, colour[:3]), colour[3]])
    material: JsonObject = {
        "name": "#" + "".join(f"{round(channel * 255):02X}" for channel in channels),
        "pbrMetallicRoughness": surface,
        "doubleSided": True,
    }
    if colour[3] < 1:
        material["alphaMode"] = "BLEND"
    return material


def _linear(channel: float) -> float:
    """Convert an sRGB channel to linear light, which glTF 2.0 requires of `baseColorFactor` (IEC 61966-2-1)."""
    linear = channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
    return round(linear, 6)
