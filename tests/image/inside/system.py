"""Runs inside an image and prints its operating system files as JSON."""

import importlib.util
import json
import locale
import os
import pwd
import socket
import ssl
import stat
import sys
import zoneinfo
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path

NOT_IN_IMAGE = {"dev", "inside", "proc", "sys"}
TOOLS = ("ensurepip", "pip", "setuptools", "uv", "wheel")


def files() -> Iterator[Path]:
    for folder in Path("/").iterdir():
        if folder.name not in NOT_IN_IMAGE and not folder.is_symlink():
            yield from folder.rglob("*")


def is_program(path: Path) -> bool:
    """Tell whether a file is a program: unlike a library, it names its loader."""
    if path.is_symlink() or not path.is_file() or not os.access(path, os.X_OK):
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF" and ".so" not in path.name


def in_path(path: Path) -> bool:
    return path.parent.name in {"bin", "sbin"} and path.is_file()


def main() -> None:
    paths = list(files())
    zoneinfo.reset_tzpath(to=("/usr/share/zoneinfo",))
    facts = {
        "programs": sorted(str(path) for path in paths if is_program(path)),
        "others": sorted(str(path) for path in paths if in_path(path) and not is_program(path.resolve())),
        "privileged": [
            str(path) for path in paths if not path.is_symlink() and path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID)
        ],
        "uncompiled": [
            str(path) for path in paths if path.suffix == ".py" and not Path(cache_from_source(path)).exists()
        ],
        "broken": [str(path) for path in paths if path.is_symlink() and not path.exists()],
        "tools": [name for name in TOOLS if importlib.util.find_spec(name)],
        "authorities": ssl.create_default_context().cert_store_stats()["x509_ca"],
        "zone": str(zoneinfo.ZoneInfo("Europe/Oslo")),
        "encoding": locale.getpreferredencoding(do_setlocale=True),
        "address": socket.gethostbyname("store.example"),
        "user": pwd.getpwuid(os.getuid()).pw_name,
        "records": sorted(path.name for path in Path("/var/lib/dpkg/status.d").iterdir()),
    }
    sys.stdout.write(json.dumps(facts))


main()
