"""An image contains every library that its files load, or the build fails."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tools.images import ROOT

LDD = """/opt/ifcjob/a.so:
\tlinux-vdso.so.1 (0x00007ffd5a9f4000)
\tlibours-1a2b.so.3 => /opt/ifcjob/ours.libs/libours-1a2b.so.3 (0x00007f0c5b000000)
\tlibpython3.11.so.1.0 => /usr/local/lib/libpython3.11.so.1.0 (0x00007f0c5ac00000)
\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f0c5aa00000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f0c5b3d4000)
/opt/ifcjob/b.so:
\tstatically linked
/opt/ifcjob/c.so:
\tlibc.so.6 => /lib/aarch64-linux-gnu/libc.so.6 (0x0000ffff8a800000)
\t/lib/ld-linux-aarch64.so.1 (0x0000ffff8ab00000)
"""


@pytest.fixture
def root() -> ModuleType:
    spec = importlib.util.spec_from_file_location("root", ROOT / "images" / "root.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answers(text: str) -> Callable[..., str]:
    return lambda *_: text


def test_closure_finds_system_libraries(root: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root, "run", answers(LDD))
    libraries = {str(path) for path in root.closure([Path("/opt/ifcjob/a.so")])}
    assert {
        "/lib/x86_64-linux-gnu/libz.so.1",
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/aarch64-linux-gnu/libc.so.6",
        "/lib/ld-linux-aarch64.so.1",
    } <= libraries
    assert [path for path in libraries if path.startswith(("/opt", "/usr/local"))] == []


def test_missing_library_fails_the_build(root: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root, "run", answers(LDD + "\tlibgone.so.1 => not found\n"))
    with pytest.raises(SystemExit, match=r"libgone\.so\.1, which a file of the image loads, is not found"):
        root.closure([Path("/opt/ifcjob/a.so")])


def test_unknown_library_name_fails_the_build(root: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = "\tlibjemalloc.so.2 (libc6,x86-64) => /lib/x86_64-linux-gnu/libjemalloc.so.2\n"
    monkeypatch.setattr(root, "run", answers(cache))
    assert root.by_name("libjemalloc.so.2") == Path("/lib/x86_64-linux-gnu/libjemalloc.so.2")
    with pytest.raises(SystemExit, match=r"library libjemalloc\.so\.1 does not exist"):
        root.by_name("libjemalloc.so.1")
