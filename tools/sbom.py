"""List what is in the images: an SPDX file beside them for each, by syft.

`python -m tools.sbom [NAME…]` writes `dist/NAME.spdx.json` for the images that `make images` built.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import images
from tools.go_programs import ToolsUnavailable, tool

FOLDER = images.ROOT / "dist"
_LICENCES = {"duckdb": "MIT", "manifold3d": "Apache-2.0", "mapbox-earcut": "ISC"}
"""SPDX names for packages that give their licence by a classifier only, which Syft does not read."""


def write(name: str, folder: Path = FOLDER) -> Path:
    """Write the list of one image and return its path."""
    syft = tool("syft")
    folder.mkdir(exist_ok=True)
    target = folder / f"{name}.spdx.json"
    version = images.revision().version
    with tempfile.TemporaryDirectory(prefix="ifcjob-sbom-") as scratch:
        archive = Path(scratch, "image.tar")
        images.save(images.tag(name), images.tag(name, version), archive)
        source = ["--source-name", f"ifcjob/{name}", "--source-version", version]
        command = [
            str(syft),
            "scan",
            "--quiet",
            *source,
            "--output",
            f"spdx-json={target}",
            f"docker-archive:{archive}",
        ]
        subprocess.run(command, check=True)
    _add_licences(target)
    return target


def _add_licences(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    for package in document["packages"]:
        if package.get("licenseDeclared") == "NOASSERTION" and package["name"] in _LICENCES:
            package["licenseDeclared"] = _LICENCES[package["name"]]
    path.write_text(json.dumps(document), encoding="utf-8")


def main(names: list[str]) -> None:
    """Write the lists of the named images, or of all."""
    images.prepare()
    try:
        for name in names or images.names():
            sys.stdout.write(f"{write(name).relative_to(images.ROOT)}\n")
    except (LookupError, ToolsUnavailable) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main(sys.argv[1:])
