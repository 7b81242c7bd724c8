"""Report the textures that are not drawn, or not at their size, with the elements that should show them."""

from collections.abc import Callable, Iterator

from ifcjob_runner.data.attribute_access import File
from ifcjob_runner.data.document import Finding, finding
from ifcjob_runner.geometry.coverage import Scene
from ifcjob_runner.geometry.shapes import Worklist
from ifcjob_runner.stages.texture_images import TextureImages

NO_READABLE_COORDINATES = "the texture coordinates are missing or out of range"
MAX_NAMED = 20
"""The most textures that one message names."""


def texture_findings(
    worklist: Worklist, scene: Scene, images: TextureImages, file: File, original_id: Callable[[int], int]
) -> Iterator[Finding]:
    """Yield one finding for each reason."""
    reasons: dict[str, dict[int, list[int]]] = {}
    for problem in worklist.texture_problems or ():
        reasons.setdefault(problem.reason, {}).setdefault(problem.texture, []).extend(problem.elements)
    for texture, elements in scene.without_coordinates.items():
        reasons.setdefault(NO_READABLE_COORDINATES, {})[texture] = elements
    for texture, reason in images.refused.items():
        reasons.setdefault(reason, {}).setdefault(texture, []).extend(_elements_with(worklist, texture))
    for reason, textures in sorted(reasons.items()):
        message = f"Not drawn: {_names(sorted(textures), file, original_id)}: {reason}"
        yield finding("TextureNotDrawn", message, _global_ids(worklist, textures))
    if images.scaled:
        sizes = {texture: _elements_with(worklist, texture) for texture in images.scaled}
        named = ", ".join(f"{_name(file, step, original_id)} from {size}" for step, size in images.scaled.items())
        yield finding("TextureScaled", f"Scaled down: {named}", _global_ids(worklist, sizes), severity="info")


def _elements_with(worklist: Worklist, texture: int) -> list[int]:
    return [step for shape in worklist.shapes if texture in shape.textures.values() for step in shape.elements]


def _global_ids(worklist: Worklist, textures: dict[int, list[int]]) -> list[str]:
    elements = dict.fromkeys(step for texture in sorted(textures) for step in textures[texture])
    return [worklist.expected[step][0] for step in elements]


def _names(textures: list[int], file: File, original_id: Callable[[int], int]) -> str:
    named = ", ".join(_name(file, step, original_id) for step in textures[:MAX_NAMED])
    more = f" and {len(textures) - MAX_NAMED} more" if len(textures) > MAX_NAMED else ""
    return f"texture{'s' if len(textures) > 1 else ''} {named}{more}"


def _name(file: File, step: int, original_id: Callable[[int], int]) -> str:
    """Return the number of a texture and, if it has one, its reference."""
    number = f"#{original_id(step)}"
    try:
        texture = file.by_id(step)
        reference = getattr(texture, "URLReference", None) or getattr(texture, "UrlReference", None) or ""
    except RuntimeError:  # a line that cannot be read
        return number
    return number if not reference or reference[:5].lower() == "data:" else f"{number} {reference[-100:]!r}"
