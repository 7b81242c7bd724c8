"""glTF materials, one per colour and texture."""

from typing import TYPE_CHECKING

from ifcjob_runner.geometry.meshes import Colour
from ifcjob_runner.glb.json_arrays import JsonArray, JsonObject
from ifcjob_runner.glb.transforms import short

if TYPE_CHECKING:
    from ifcjob_runner.glb.textures import Texture, Textures

UNLIT = "KHR_materials_unlit"


class Materials:
    """The document's materials, without duplicates."""

    def __init__(self, items: JsonArray, textures: "Textures | None" = None) -> None:
        self._items = items
        self._known: dict[Colour, int] = {}
        self._textures = textures
        self._textured: dict[tuple[Colour, int, bool], int] = {}
        self._with_texture: set[int] = set()
        self.extensions: set[str] = set()
        """The extensions of glTF that the materials use."""

    def number(self, colour: Colour, texture: int = 0) -> int:
        """Return the number of the material with this colour and this texture (see MeshTexture), if it can be drawn."""
        if texture > 0 and self._textures is not None and (known := self._textures.of(texture)) is not None:
            return self._number_with_texture(colour, *known)
        number = self._known.get(colour)
        if number is None:
            # 1e-6 is far below what a display can show; engines differ in the sixteenth digit.
            rounded = (round(colour[0], 6), round(colour[1], 6), round(colour[2], 6), round(colour[3], 6))
            number = self._known.get(rounded)
            if number is None:
                number = self._known[rounded] = self._items.append(_material(rounded))
            self._known[colour] = number
        return number

    def has_texture(self, number: int) -> bool:
        """Return whether the material with this number has a texture."""
        return number in self._with_texture

    def _number_with_texture(self, colour: Colour, number: int, texture: "Texture") -> int:
        tint = colour if texture.tints else (1.0, 1.0, 1.0, colour[3])
        key = (tint, number, texture.is_lit)
        if key not in self._textured:
            material = _material(tint, {"baseColorTexture": {"index": number}})
            material["name"] = f"{material['name']}, texture {number}"
            if texture.has_alpha:
                material["alphaMode"] = "BLEND"
            if not texture.is_lit:
                material["extensions"] = {UNLIT: {}}
                self.extensions.add(UNLIT)
            self._textured[key] = self._items.append(material)
            self._with_texture.add(self._textured[key])
        return self._textured[key]


def _material(colour: Colour, surface_members: JsonObject | None = None) -> JsonObject:
    channels = colour if colour[3] < 1 else colour[:3]
    surface: JsonObject = {"metallicFactor": 0, "roughnessFactor": 0.8, **(surface_members or {})}
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
