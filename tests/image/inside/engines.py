"""Runs inside the image and prints the results of every engine for a model as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import ifclite_geom
import ifcopenshell.geom
import meshopt
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PLUGINS = Path(ifcopenshell.__file__).parent


def meshed(model: Any) -> list[str]:
    iterator = ifcopenshell.geom.iterator(ifcopenshell.geom.settings(), model, 1, geometry_library="opencascade")
    shapes = []
    if iterator.initialize():
        while True:
            shape = iterator.get()
            if shape.geometry.faces:
                shapes.append(shape.guid)
            if not iterator.next():
                break
    return sorted(shapes)


def parquet_rows(folder: Path) -> int:
    table = pa.table({"global_id": ["a", "b"], "value": pa.array(["x", "x"]).dictionary_encode()})
    pq.write_table(table, folder / "t.parquet", compression="zstd")
    return int(pq.ParquetFile(folder / "t.parquet").read().num_rows)


def main() -> None:
    path = Path(sys.argv[1])
    model = ifcopenshell.open(str(path))
    indices = np.array([0, 1, 2, 2, 1, 3], dtype=np.uint32)
    unit = model.by_type("IfcSIUnit")[0]
    facts = {
        "meshed": meshed(model),
        "kernels": sorted(path.name for path in PLUGINS.glob("ifcopenshell_geometry_kernel_*")),
        "compiledFromCgal": sorted(path.name for path in PLUGINS.glob("*.so*") if b"CGAL" in path.read_bytes()),
        "ifclite": sorted(ifclite_geom.geometry_data_buffers(path.read_bytes())),
        "parquetRows": parquet_rows(Path("/work")),
        "meshoptBytes": len(meshopt.encode_gltf_buffer(indices, "TRIANGLES")),
        # For derived or unknown attributes the engine imports the schema's rules.
        "derived": str(unit.Dimensions),
        "unknown": getattr(unit, "Nonsense", "absent"),
    }
    sys.stdout.write(json.dumps(facts))


main()
