"""The gltf stage: choose the meshes, write model.glb, and account for every element."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ifcjob_runner.data.document import (
    Archive,
    Coverage,
    Finding,
    ListedElement,
    SpatialTree,
    finding,
)
from ifcjob_runner.data.model import Model
from ifcjob_runner.engine_options import GltfOptions
from ifcjob_runner.geometry.coverage import Scene, assemble
from ifcjob_runner.geometry.doubt_reasons import SEPARATOR
from ifcjob_runner.geometry.shapes import Worklist, load_worklist
from ifcjob_runner.geometry.skip_reasons import NO_GEOMETRY
from ifcjob_runner.glb.nodes import Properties
from ifcjob_runner.glb.writer import write_glb
from ifcjob_runner.stages.geometry_facts import Geometry

if TYPE_CHECKING:
    from ifcjob_runner.stages.texture_images import TextureImages

SELECTIONS = (
    "include_classes", "exclude_classes", "include_global_ids", "exclude_global_ids", "storeys", "contexts",
)  # fmt: skip
"""The options that leave out elements."""


def gltf(
    path: Path,
    folder: Path,
    stores: list[Path],
    shape_reasons: Mapping[str, str],
    tree: SpatialTree,
    options: GltfOptions,
    properties: Properties | None,
    *,
    crs: str | None,
    archive: Archive | None,
    model: Callable[[], Model],
) -> Geometry:
    """Write model.glb from the worklist in `folder` and `stores` of meshes; `shape_reasons` explains missing meshes.

    `archive` is the zip that the file was in: it may contain the images of textures. Only textures need the `model`.
    """
    worklist = load_worklist(folder)
    scene = assemble(worklist, stores)
    images = None if worklist.texture_problems is None else _images(model(), archive)
    texture = images.load if images else None
    stats = write_glb(path, scene.meshes, scene.placements, tree, options, properties, crs=crs, load_texture=texture)
    reasons = _reasons(worklist, shape_reasons) | stats.skipped
    doubtful = {element: reason for element, reason in scene.doubtful.items() if element in stats.boxes}
    coverage = _coverage(worklist, set(stats.boxes), reasons, doubtful)
    findings = [*_doubtful_findings(worklist, doubtful), *_drawn_nothing_findings(coverage, options)]
    findings += [] if images is None else _texture_findings(worklist, scene, images, model())
    return Geometry(
        boxes=stats.boxes,
        triangles=stats.element_triangles,
        bounding_box=stats.bounding_box,
        coverage=coverage,
        triangle_count=stats.triangles,
        findings=findings,
        missing=worklist.missing,
        has_misread_numbers=worklist.has_misread_numbers,
        lacking=[worklist.expected[number][0] for number in worklist.lacking],
    )


def _images(model: Model, archive: Archive | None) -> "TextureImages":
    from ifcjob_runner.stages.texture_images import TextureImages  # few files have textures

    return TextureImages(model.file, archive)


def _texture_findings(worklist: Worklist, scene: Scene, images: "TextureImages", model: Model) -> list[Finding]:
    from ifcjob_runner.stages.texture_findings import texture_findings  # few files have textures

    return list(texture_findings(worklist, scene, images, model.file, model.original_id))


def _reasons(worklist: Worklist, of_shapes: Mapping[str, str]) -> dict[int, str]:
    of_elements = {
        element: reason for shape, reason in of_shapes.items() for element in worklist.shapes[int(shape)].elements
    }
    return of_elements | worklist.unreadable


def _coverage(
    worklist: Worklist, emitted: set[int], skip_reasons: dict[int, str], doubt_reasons: dict[int, str]
) -> Coverage:
    skipped = {
        element: skip_reasons.get(element, NO_GEOMETRY) for element in worklist.expected if element not in emitted
    }
    return {
        "expected": len(worklist.expected),
        "emitted": len(worklist.expected) - len(skipped),
        "skipped": _listed(worklist, skipped),
        "doubtful": _listed(worklist, doubt_reasons),
    }


def _listed(worklist: Worklist, reasons: dict[int, str]) -> list[ListedElement]:
    return [
        {"globalId": global_id, "class": name, "reason": reasons[element]}
        for element, (global_id, name) in worklist.expected.items()
        if element in reasons
    ]


def _doubtful_findings(worklist: Worklist, doubtful: dict[int, str]) -> list[Finding]:
    if not doubtful:
        return []
    reasons = ", ".join(sorted({part for reason in doubtful.values() for part in reason.split(SEPARATOR)}))
    message = f"elements are in the GLB, but their shape or place is not proved: {reasons}"
    return [finding("DoubtfulGeometry", message, [worklist.expected[element][0] for element in doubtful])]


def _drawn_nothing_findings(coverage: Coverage, options: GltfOptions) -> list[Finding]:
    """Report elements that draw nothing although they have a body, and an empty GLB."""
    findings = []
    if skipped := coverage["skipped"]:
        reasons = ", ".join(sorted({element["reason"].partition(":")[0] for element in skipped}))
        message = f"{len(skipped)} elements have a body but draw nothing: {reasons}"
        findings.append(finding("NotDrawn", message, [element["globalId"] for element in skipped]))
    if coverage["emitted"] == 0:
        selects = any(getattr(options, name) for name in SELECTIONS)
        bodies = f"none of {coverage['expected']} elements could be drawn"
        if not coverage["expected"]:
            bodies = "no selected element has a body" if selects else "no element has a body"
        findings.append(finding("NothingDrawn", f"The GLB is empty: {bodies}", severity="error"))
    return findings
