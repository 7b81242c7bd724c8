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
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "ifcopenshell" not in sys.modules:
        unused = type("Unused", (), {})
        _stub("ifcopenshell.sql", sqlite=unused, sqlite_entity=unused)
        _stub("ifcopenshell.stream", stream=unused, stream_entity=unused)
        _stub("ifcopenshell.util.mvd_info", MvdInfo=None, LARK_AVAILABLE=False)
    import ifcopenshell  # must follow the stubs

    return ifcopenshell


def _stub(name: str, **attributes: object) -> None:
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module
