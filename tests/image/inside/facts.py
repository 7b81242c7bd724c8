"""Runs inside the image and prints facts about it as JSON."""

import importlib.util
import json
import os
import pkgutil
import socket
import sys
from pathlib import Path

import ifcjob_runner

PACKAGES = Path("/opt/ifcjob")
UNCHECKED_HASH = 1  # PEP 552 flags: hash-based, not checked against the source


def import_all() -> None:
    for module in pkgutil.walk_packages(ifcjob_runner.__path__, "ifcjob_runner."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def without_bytecode() -> list[str]:
    missing = []
    for name, module in sys.modules.items():
        cached = getattr(module, "__cached__", None)
        if name == "__main__" or cached is None:
            continue
        path = Path(cached)
        if not path.exists() or path.read_bytes()[4] != UNCHECKED_HASH:
            missing.append(name)
    return missing


def refusal(path: str) -> str | None:
    try:
        Path(path).write_text("x")
    except OSError as error:
        return error.strerror
    return None


def connection() -> str:
    """Try to reach an address that is reserved for documentation."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return os.strerror(probe.connect_ex(("192.0.2.1", 80)))


def main() -> None:
    import_all()
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    facts = {
        "user": [os.getuid(), os.getgid()],
        "capabilities": [int(status[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")],
        "network": connection(),
        "refusals": {path: refusal(path) for path in ("/x", "/opt/ifcjob/x", "/usr/local/lib/x", "/tmp/x", "/work/x")},
        "jemalloc": "libjemalloc" in Path("/proc/self/maps").read_text(),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "withoutBytecode": without_bytecode(),
        "packageBytes": sum(path.lstat().st_size for path in PACKAGES.rglob("*") if path.is_file()),
        "ballast": [
            name for name in ("pip", "setuptools", "shapely", "lark", "minio") if importlib.util.find_spec(name)
        ],
        "leftovers": [path for path in ("/etc/pip.conf", "/src", "/var/lib/apt/lists/lock") if Path(path).exists()],
    }
    sys.stdout.write(json.dumps(facts))


main()
