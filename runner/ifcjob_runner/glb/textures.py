"""glTF textures, images and samplers. Textures with equal images share one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b

from ifcjob_runner.glb.json_arrays import JsonArray, JsonObject
from ifcjob_runner.glb.layout import Layout, Scratch

REPEAT, CLAMP_TO_EDGE = 10497, 33071
_LINEAR, _LINEAR_MIPMAP_LINEAR = 9729, 9987


@dataclass(frozen=True, slots=True)
class Texture:
    """An image and how a surface shows it."""

    content: bytes
    """The PNG or JPEG file."""
    media_type: str
    has_alpha: bool
    repeat_s: bool
    repeat_t: bool
    tints: bool
    """Whether it is multiplied with the surface's colour, which it else replaces."""
    is_lit: bool


LoadTexture = Callable[[int], Texture | None]
"""Returns a texture by STEP id; None for one that cannot be drawn."""


class Textures:
    """The document's textures."""

    def __init__(self, scratch: Scratch, layout: Layout, load: LoadTexture) -> None:
        self.items, self.images, self.samplers = JsonArray(scratch), JsonArray(scratch), JsonArray(scratch)
        self._layout = layout
        self._load = load
        self._known: dict[int, tuple[int, Texture] | None] = {}
        self._numbers: dict[tuple[int, int], int] = {}
        self._image_numbers: dict[bytes, int] = {}
        self._sampler_numbers: dict[tuple[bool, bool], int] = {}

    def of(self, step: int) -> tuple[int, Texture] | None:
        """Return the number and the facts of the texture with this STEP id; None for one that cannot be drawn."""
        if step not in self._known:
            texture = self._load(step)
            self._known[step] = None if texture is None else (self._number(texture), _without_content(texture))
        return self._known[step]

    def _number(self, texture: Texture) -> int:
        key = (self._image(texture), self._sampler(texture))
        if key not in self._numbers:
            self._numbers[key] = self.items.append({"source": key[0], "sampler": key[1]})
        return self._numbers[key]

    def _image(self, texture: Texture) -> int:
        digest = blake2b(texture.content, digest_size=16).digest()
        if digest not in self._image_numbers:
            view = self._layout.add_image(texture.content)
            image: JsonObject = {"bufferView": view, "mimeType": texture.media_type}
            self._image_numbers[digest] = self.images.append(image)
        return self._image_numbers[digest]

    def _sampler(self, texture: Texture) -> int:
        key = (texture.repeat_s, texture.repeat_t)
        if key not in self._sampler_numbers:
            wrap_s, wrap_t = (REPEAT if repeat else CLAMP_TO_EDGE for repeat in key)
            filters: JsonObject = {"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP_LINEAR}
            self._sampler_numbers[key] = self.samplers.append({**filters, "wrapS": wrap_s, "wrapT": wrap_t})
        return self._sampler_numbers[key]


def _without_content(texture: Texture) -> Texture:
    """Keep the facts only: images would fill the memory."""
    return replace(texture, content=b"")
