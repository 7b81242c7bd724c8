"""Import IfcOpenShell without the parts that a run never uses, which halves its start-up time.

SQL, streaming and MVD support load lark and other packages.
"""

import os
import sys
import types
from typing import Any


def import_ifcopenshell() -> Any:
    """Return the ifcopenshell package, imported with its heavy optional modules stubbed."""
    # Each process has one thread; OpenBLAS would start one per CPU when numpy is imported.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if "ifcopenshell" not in sys.modules:
        unused = type("Unused", (), {})
        _stub("ifcopenshell.sql", sqlite=unused, sqlite_entity=unused)
        _stub("ifcopenshell.stream", stream=unused, stream_entity=unused)
        _stub("ifcopenshell.util.mvd_info", MvdInfo=None, LARK_AVAILABLE=False)
    import ifcopenshell  # must follow the stubs

    return ifcopenshell


def leave_out_pandas() -> None:
    """Make `import pandas` fail in this process and the processes that it forks.

    Where pandas is installed, pyarrow imports it to compare values with its types: 0.2 s of CPU time for each file.
    """
    sys.meta_path.insert(0, _Absent("pandas"))


def import_pyarrow_without_numpy() -> None:
    """Import pyarrow as where numpy is not installed: tables do not need it, and it takes as long as pyarrow itself."""
    absent = _Absent("numpy")
    sys.meta_path.insert(0, absent)
    try:
        import pyarrow._compute
        import pyarrow._parquet  # noqa: F401 - both would import numpy, too
    finally:
        sys.meta_path.remove(absent)


class _Absent:
    """An import finder that refuses one package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, *_: object) -> None:
        """Raise the error for the package, and leave all others to the finders that follow."""
        if fullname == self._package:
            raise ModuleNotFoundError(f"{fullname} is left out", name=fullname)


def _stub(name: str, **attributes: object) -> None:
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module
