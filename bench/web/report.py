"""The viewer's own section of the page of results."""

import os
import platform
from collections.abc import Mapping
from typing import Any

Result = Mapping[str, Any]
TITLE = "# The viewer in a browser\n"
"""Of bench/web/RESULTS.md."""
_HEAD = """<!-- viewer: begin -->
## By itself

Written by `python -m bench.web.run`; do not edit. Chromium draws 1280 x 800 pixels with its software renderer
(SwiftShader) on {machine}. Times count from the end of the download. The first image has the
largest things; the complete one everything that covers half a pixel. While the camera moves, the viewer leaves out
small things and lowers the resolution if a frame takes too long.

| model | GLB | triangles | ready | first image | complete | frames/s | pick median (worst) | arrays | memory |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""
_NOTES = """
*arrays* are the model's arrays on the page and their copies on the graphics card, together, as multiples of the GLB.
*memory* is the growth of all of Chromium's processes, pictures and the software renderer's buffers included.
Picks are 60 that hit an element, all over the picture. Other load on the cores
slows everything, frames most: with tests running beside it, janesville had 5 to 17 frames per second.

Shapes are merged into draw calls of up to 32,768 vertices, with 20 bytes per vertex. A shape that is used several
times stays instanced if that saves more than 16 KiB: janesville merged completely would take 41 MB of arrays instead of
3 MB, and janesville@100 162 MB instead of 4 MB.
"""


def row_of(name: str, result: Result) -> str:
    """Return the row of a model."""
    times, memory, pick = result["times"], result["memory"], result["pick"]
    start = times.get("decode", times["ready"])
    arrays = (memory["arrays"]["arrays"] + memory["arrays"]["graphics"]) / memory["bytes"]
    cells = [
        name,
        f"{memory['bytes'] / 1e6:.1f} MB",
        f"{result['triangles']:,}",
        *(f"{(times[step] - start) / 1000:.2f} s" for step in ("ready", "firstImage", "finestImage")),
        f"{result['moving']['framesPerSecond']:.0f}",
        f"{pick['median']:.1f} ({pick['worst']:.0f}) ms",
        f"{arrays:.1f} x",
        f"{memory['growth'] / 1e6:.0f} MB",
    ]
    return f"| {' | '.join(cells)} |"


_PEERS = """
### From the GLB, in xeokit

The same GLB in the same browser, in [xeokit-sdk](https://github.com/xeokit/xeokit-sdk) 2.6.114 with its
GLTFLoaderPlugin and default options, once, after the other measurements. Times count from the start of the download.
xeokit draws everything in each frame, also while the camera moves, which suits graphics cards better than a software
renderer. 0.0 frames/s: no frame ended within four seconds.

| model | viewer | first image | complete | frames/s | pick median (worst) | memory |
|---|---|---:|---:|---:|---:|---:|
"""


def _peer_row(name: str, viewer: str, result: Result) -> str:
    times, pick = result["times"], result["pick"]
    cells = [
        name,
        viewer,
        f"{times['firstImage'] / 1000:.1f} s",
        f"{times['finestImage'] / 1000:.1f} s",
        f"{result['moving']['framesPerSecond'] or 0:.1f}",
        f"{pick['median']:.1f} ({pick['worst']:.0f}) ms",
        f"{result['memory']['growth'] / 1e6:.0f} MB",
    ]
    return f"| {' | '.join(cells)} |\n"


def _beside(results: Mapping[str, Result], peers: Mapping[str, Result]) -> str:
    rows = "".join(
        _peer_row(name, "ifcjob", results[name]) + _peer_row(name, "xeokit", peers[name])
        for name in peers
        if name in results
    )
    return _PEERS + rows if rows else ""


def section(results: Mapping[str, Result], peers: Mapping[str, Result]) -> str:
    """Return the section's text."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    rows = "\n".join(row_of(name, result) for name, result in results.items())
    return f"{_HEAD.format(machine=machine)}{rows}\n{_NOTES}{_beside(results, peers)}<!-- viewer: end -->\n"
