"""Create the root filesystem of an image: Python and the Debian files it needs; no shell, package manager or tools.

`python root.py [--without-python] TARGET PACKAGES [FILE…]` is a build step on Debian's Python image and uses only the
standard library. It copies the interpreter, every shared library that the interpreter and PACKAGES (a folder) load,
each FILE (a path, or the name of a library that is loaded by name) with its libraries, certificates, time zones and
licences. It also copies Debian's record of each package that a copied file comes from, to the path where image scanners
look for it.
"""
# ruff: noqa: INP001 - a program, in no package

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

FILES = (
    "/etc/debian_version",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/openssl.cnf",
    "/usr/lib/locale/C.utf8",
    "/usr/share/common-licenses",
    "/usr/share/zoneinfo",
)
LINKS = {
    "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
    "lib": "usr/lib",
    "lib64": "usr/lib64",
    "usr/lib/ssl/cert.pem": "/etc/ssl/certs/ca-certificates.crt",
    "usr/lib/ssl/certs": "/etc/ssl/certs",
    "usr/lib/ssl/openssl.cnf": "/etc/ssl/openssl.cnf",
}
USERS = "root:x:0:0::/:/usr/sbin/nologin\nifcjob:x:10001:10001::/:/usr/sbin/nologin\n"
GROUPS = "root:x:0:\nifcjob:x:10001:\n"

# Parts of the standard library for developers or terminals, and parts that need more shared libraries.
UNUSED = (
    *("ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtledemo", "config-*", "__pycache__"),
    *(
        "_curses*",
        "_dbm*",
        "_gdbm*",
        "_test*",
        "_tkinter*",
        "_xxtest*",
        "nis.*",
        "ossaudiodev.*",
        "readline.*",
        "xxlimited*",
    ),
    "_ctypes_test*",
)
RESOLVED = re.compile(r"^\s+(?P<name>\S+)(?: => (?P<path>/\S+|not found))?(?: \(0x[0-9a-f]+\))?$", re.MULTILINE)


def main(target: Path, packages: Path, files: Iterable[str], *, has_python: bool = True) -> None:
    """Create the root filesystem in the target folder."""
    for link, to in LINKS.items():
        # /lib64 does not exist where the loader is in /lib.
        if link != "lib64" or Path("/lib64").exists():
            (target / link).parent.mkdir(parents=True, exist_ok=True)
            (target / link).symlink_to(to)
    if has_python:
        copy_python(target)
    more = [Path(file) if file.startswith("/") else by_name(file) for file in files]
    debian = {*more} | {Path(path).resolve() for path in FILES} | set(map(Path, FILES))
    debian |= closure([*programs(target), *programs(packages), *filter(is_program, more)])
    for path in sorted(debian):
        copy(path, target)
    (target / "etc" / "passwd").write_text(USERS, encoding="ascii")
    (target / "etc" / "group").write_text(GROUPS, encoding="ascii")
    (target / packages.relative_to("/")).mkdir(parents=True)
    (target / "tmp").mkdir()
    (target / "tmp").chmod(0o1777)
    for package in sorted(owners(debian) | {"ca-certificates"}):
        record(package, target)
    run("ldconfig", "-r", str(target))


def copy_python(target: Path) -> None:
    """Copy the interpreter and the used part of its standard library."""
    stdlib = Path(sysconfig.get_path("stdlib"))
    unused = shutil.ignore_patterns(*UNUSED)
    shutil.copytree(stdlib, target / stdlib.relative_to("/"), ignore=unused, symlinks=True)
    for folder in (target / stdlib.relative_to("/") / "site-packages").iterdir():
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    copy(Path(sys.executable).resolve(), target)
    for name in ("python3", "python"):
        (target / "usr/local/bin" / name).symlink_to(Path(sys.executable).resolve().name)
    for library in Path(sys.base_prefix, "lib").glob("libpython3.*.so*"):
        copy(library, target)


def programs(folder: Path) -> Iterator[Path]:
    """Find the ELF files below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and is_program(path):
            yield path


def is_program(path: Path) -> bool:
    """Tell whether a file is an ELF file."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def by_name(library: str) -> Path:
    """Find a library in the loader's cache."""
    known = re.search(rf"^\s*{re.escape(library)} .*=> (\S+)$", run("ldconfig", "-p"), re.MULTILINE)
    if known is None:
        raise SystemExit(f"library {library} does not exist")
    return Path(known[1])


def closure(files: list[Path]) -> set[Path]:
    """Return Debian's libraries that files load, directly or indirectly; a missing library fails the build."""
    libraries = {path for path in files if is_debian(path)}
    for match in RESOLVED.finditer(run("ldd", *map(str, files))):
        path = match["path"] or match["name"]
        if path == "not found":
            raise SystemExit(f"library {match['name']}, which a file of the image loads, is not found")
        if path.startswith("/") and is_debian(Path(path)):
            libraries |= {Path(path), Path(path).resolve()}
    return libraries


def is_debian(path: Path) -> bool:
    """Tell whether a path is part of Debian's own libraries."""
    return path.is_relative_to("/lib") or path.is_relative_to("/lib64") or path.resolve().is_relative_to("/usr/lib")


def copy(path: Path, target: Path) -> None:
    """Copy a file, link or folder to the same path below the target, where /lib links to /usr/lib too."""
    place = target / path.parent.resolve().relative_to("/") / path.name
    if place.is_symlink() or place.is_file():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, place, symlinks=True)
    else:
        shutil.copy2(path, place, follow_symlinks=False)


def owners(paths: Iterable[Path]) -> set[str]:
    """Return the names of the Debian packages that files come from."""
    # dpkg records some libraries under /usr/lib and others under /lib, which is the same folder.
    short = {str(path).removeprefix("/usr") for path in paths}
    names = short | {f"/usr{name}" for name in short}
    output = subprocess.run(
        ["dpkg-query", "--search", *sorted(names)], capture_output=True, text=True, check=False
    ).stdout
    return {
        package.strip()
        for line in output.splitlines()
        if not line.startswith("diversion ")
        for package in line.rpartition(": ")[0].split(",")
    }


def record(package: str, target: Path) -> None:
    """Copy a package's dpkg entry and copyright file."""
    name = package.partition(":")[0]
    records = target / "var" / "lib" / "dpkg" / "status.d"
    records.mkdir(parents=True, exist_ok=True)
    (records / name).write_text(run("dpkg-query", "--status", package), encoding="utf-8")
    # Debian images may lack the file.
    if (rights := Path("/usr/share/doc", name, "copyright")).is_file():
        place = target / "usr" / "share" / "doc" / name / "copyright"
        place.parent.mkdir(parents=True)
        shutil.copyfile(rights, place)


def run(*command: str) -> str:
    """Run a program and return its standard output."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    without_python = sys.argv[1] == "--without-python"
    place, folder, *others = sys.argv[1 + without_python :]
    main(Path(place), Path(folder), others, has_python=not without_python)
