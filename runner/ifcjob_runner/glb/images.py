"""Images that glTF can hold: PNG and JPEG within limits. Others are converted, larger ones scaled down.

A PNG or JPEG within the limits keeps its bytes and is not decoded.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

MAX_SIDE = 4096
"""Pixels; devices that cannot show larger textures are common."""
MAX_BYTES = 16 * 1024**2
"""Bytes of an image in the GLB."""
MAX_DECODED_PIXELS = 8192 * 8192
"""An image with more pixels is refused: decoding it would fill the memory."""
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError)
"""Exceptions of Pillow for content that it cannot decode."""


@dataclass(frozen=True, slots=True)
class UsableImage:
    """An image as the GLB contains it."""

    content: bytes
    media_type: str
    has_alpha: bool
    is_grey: bool
    scaled: str | None
    """The sizes before and after, when it was scaled down."""


class UnusableImageError(Exception):
    """An image cannot be in the GLB; the message says why."""


def usable_image(content: bytes) -> UsableImage:
    """Return the image of a file in any of the formats that are read. Raises UnusableImageError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            return _usable(content, Image.open(io.BytesIO(content), formats=_FORMATS))
    except UnidentifiedImageError:
        raise UnusableImageError("it is not a readable image in PNG, JPEG, BMP, GIF or WebP") from None
    except Image.DecompressionBombError:
        raise UnusableImageError(f"it has more than {MAX_DECODED_PIXELS:,} pixels") from None
    except _BROKEN as error:
        raise UnusableImageError(f"the image is damaged: {error}"[:200]) from error


def _usable(content: bytes, image: Image.Image) -> UsableImage:
    width, height = image.size
    if width * height > MAX_DECODED_PIXELS:
        raise UnusableImageError(f"it has more than {MAX_DECODED_PIXELS:,} pixels")
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    is_grey = image.mode in ("1", "L", "LA", "I", "I;16")
    source = image.format
    fits = max(width, height) <= MAX_SIDE and len(content) <= MAX_BYTES
    if fits and (source == "PNG" or (source == "JPEG" and image.mode in ("L", "RGB"))):
        image.verify()  # the checksums of a PNG
        return UsableImage(content, f"image/{source.lower()}", has_alpha, is_grey, None)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    pixels = image.convert(("LA" if has_alpha else "L") if is_grey else ("RGBA" if has_alpha else "RGB"))
    written = "JPEG" if source == "JPEG" else "PNG"
    encoded = _encoded(pixels, written)
    while len(encoded) > MAX_BYTES:
        pixels = pixels.reduce(2)
        encoded = _encoded(pixels, written)
    scaled = None if pixels.size == (width, height) else f"{width} x {height} to {pixels.width} x {pixels.height}"
    return UsableImage(encoded, f"image/{written.lower()}", has_alpha, is_grey, scaled)


def png_of_pixels(width: int, height: int, components: int, rows: bytes) -> bytes:
    """Return a PNG of 8-bit components, listed from the top left corner."""
    mode = ("L", "LA", "RGB", "RGBA")[components - 1]
    return _encoded(Image.frombytes(mode, (width, height), rows), "PNG")


def _encoded(image: Image.Image, written: str) -> bytes:
    target = io.BytesIO()
    if written == "JPEG":
        image.save(target, written, quality=90)
    else:
        image.save(target, written)
    return target.getvalue()
