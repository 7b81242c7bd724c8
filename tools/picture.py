"""Draw the picture of the README: `python -m tools.picture` writes docs/images/house.png from the example house.

three.js shows the GLB as `ifcjob run` writes it. Needs Chromium, node and npm.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tools.chromium import chromium_program
from tools.npm_packages import VIEWER, installed

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "house.png"


def main() -> None:
    """Run the example, and draw its GLB."""
    chromium = chromium_program()
    if chromium is None:
        raise SystemExit("the picture needs Chromium")
    packages = installed(VIEWER)
    environment = os.environ | {"NODE_PATH": str(packages / "node_modules")}
    script = Path(__file__).with_suffix(".js")
    with tempfile.TemporaryDirectory() as folder:
        ifcjob = Path(sys.executable).with_name("ifcjob")
        subprocess.run([ifcjob, "run", ROOT / "examples" / "house.ifc", "-o", folder], check=True)
        (glb,) = Path(folder).rglob("model.glb")
        subprocess.run(["node", script, glb, PICTURE, chromium, packages], env=environment, check=True, timeout=300)
    Image.open(PICTURE).quantize(256).save(PICTURE, optimize=True)  # a third of the bytes


if __name__ == "__main__":
    main()
