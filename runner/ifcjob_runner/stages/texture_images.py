"""Load the image of each IfcSurfaceTexture: from the IFC file itself or its archive, and never from elsewhere."""

import base64
import binascii
import posixpath
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from ifcjob_runner.data.attribute_access import File, Instance, class_of
from ifcjob_runner.glb.images import UnusableImageError, png_of_pixels, usable_image
from ifcjob_runner.glb.textures import Texture

if TYPE_CHECKING:
    from ifcjob_runner.data.document import Archive

MAX_SOURCE_BYTES = 64 * 1024**2
"""Bytes of an image in the source, before it is scaled down."""
_ABSENT = (AttributeError, IndexError, RuntimeError, TypeError, ValueError, OverflowError)
_DAMAGED_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


class TextureImages:
    """The textures of one file."""

    def __init__(self, file: File, archive: "Archive | None") -> None:
        self._file = file
        self._archive = archive
        self.refused: dict[int, str] = {}
        """Why a texture cannot be drawn, by STEP id."""
        self.scaled: dict[int, str] = {}
        """The sizes of the textures that were scaled down: before and after."""

    def load(self, step: int) -> Texture | None:
        """Return the texture with this STEP id; None, and the reason in `refused`, for one that cannot be drawn."""
        try:
            return self._texture(step, self._file.by_id(step))
        except UnusableImageError as error:
            self.refused[step] = str(error)
        except _ABSENT as error:
            self.refused[step] = f"it cannot be read: {error}"[:200]
        return None

    def _texture(self, step: int, texture: Instance) -> Texture:
        image = usable_image(self._content(texture))
        if image.scaled is not None:
            self.scaled[step] = image.scaled
        mode = (texture.Mode or "").upper()
        return Texture(
            content=image.content,
            media_type=image.media_type,
            has_alpha=image.has_alpha,
            repeat_s=texture.RepeatS is not False,
            repeat_t=texture.RepeatT is not False,
            # Grey textures are the intensity of the surface's colour (ISO/IEC 19775-1, 17.2.2).
            tints=mode == "MODULATE" or (image.is_grey and mode != "REPLACE"),
            is_lit=mode != "REPLACE",
        )

    def _content(self, texture: Instance) -> bytes:
        match class_of(texture):
            case "IfcBlobTexture":
                return _bytes_of_bits(texture.RasterCode)
            case "IfcPixelTexture":
                return _png_of(texture)
        reference = texture.URLReference or ""
        if reference[:5].lower() == "data:":
            return _data_of_uri(reference)
        if "://" in reference or self._archive is None:
            raise UnusableImageError("the image is not in the file, and nothing is fetched from elsewhere")
        return _member(self._archive, reference)


def _bytes_of_bits(bits: str) -> bytes:
    """Convert an IfcBinary, which the engine gives as text of 0 and 1."""
    if len(bits) > MAX_SOURCE_BYTES * 8:
        raise UnusableImageError(_too_large())
    if len(bits) % 8 or not bits:
        raise UnusableImageError(f"the image has {len(bits)} bits, which are not whole bytes")
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _png_of(texture: Instance) -> bytes:
    """Convert an IfcPixelTexture, whose rows go from the bottom to the top."""
    width, height, components = texture.Width, texture.Height, texture.ColourComponents
    pixels = texture.Pixel
    if components not in (1, 2, 3, 4) or min(width, height) < 1 or len(pixels) != width * height:
        raise UnusableImageError(f"it has {len(pixels)} pixels of {components} components for {width} x {height}")
    if {len(pixel) for pixel in pixels} - {components * 8}:
        raise UnusableImageError(f"not every pixel has {components} bytes")
    content = _bytes_of_bits("".join(pixels))
    row = width * components
    rows = [content[start : start + row] for start in range(0, len(content), row)]
    return png_of_pixels(width, height, components, b"".join(reversed(rows)))


def _data_of_uri(reference: str) -> bytes:
    """Decode a data: URI (RFC 2397)."""
    head, comma, body = reference.partition(",")
    if not comma:
        raise UnusableImageError("the data: URI has no data")
    if len(body) > MAX_SOURCE_BYTES * 4 // 3 + 4:
        raise UnusableImageError(_too_large())
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(unquote(body))
    except binascii.Error as error:
        raise UnusableImageError(f"the data: URI is damaged: {error}") from error


def _member(archive: "Archive", reference: str) -> bytes:
    """Read a file of the archive; `reference` is relative to the IFC file in it."""
    folder = posixpath.dirname(archive["member"].replace("\\", "/"))
    name = posixpath.normpath(posixpath.join(folder, unquote(reference).replace("\\", "/")))
    try:
        with zipfile.ZipFile(Path(archive["path"])) as opened:
            members = {member.filename.replace("\\", "/"): member for member in opened.infolist()}
            named = {path.lower(): member for path, member in reversed(members.items())}
            member = members.get(name) or named.get(name.lower())
            if member is None:
                raise UnusableImageError("the image is not in the archive, and nothing is fetched from elsewhere")
            if member.file_size > MAX_SOURCE_BYTES:
                raise UnusableImageError(_too_large())
            with opened.open(member) as reader:
                content = reader.read(MAX_SOURCE_BYTES + 1)
    except _DAMAGED_ARCHIVE as error:
        raise UnusableImageError(f"the image in the archive is damaged: {error}"[:200]) from error
    if len(content) > MAX_SOURCE_BYTES:
        raise UnusableImageError(_too_large())
    return content


def _too_large() -> str:
    return f"the image is larger than {MAX_SOURCE_BYTES // 1024**2} MiB"
