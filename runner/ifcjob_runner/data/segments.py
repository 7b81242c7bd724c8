"""The properties table before it is written: ranges of shared rows per object, expanded batch by batch."""

from array import array
from collections.abc import Collection, Iterator, Sequence

from ifcjob_runner.data.inheritance import runs
from ifcjob_runner.data.parquet import ROW_GROUP, ArrowArray, ArrowBatch, ArrowSchema
from ifcjob_runner.data.rows import Rows, RowSet


class Segments:
    """The rows of each object; holds numbers per object and set, never per value."""

    def __init__(self) -> None:
        # Four numbers per range: first row, one past the last, the object's position, the head's number.
        self._runs = array("q")
        self._head_numbers: dict[tuple[str, str, str], int] = {}
        self._step_ids: list[int] = []
        self._objects: list[tuple[str, str, str | None, str | None]] = []
        """GlobalId, class, name and name of the storey."""
        self.rows = 0

    @property
    def objects(self) -> int:
        """The number of objects with rows."""
        return len(self._step_ids)

    def add_object(
        self, step_id: int, global_id: str, ifc_class: str, name: str | None, storey_name: str | None
    ) -> None:
        """Begin the rows of the next object."""
        self._step_ids.append(step_id)
        self._objects.append((global_id, ifc_class, name, storey_name))

    def add(self, row_set: RowSet, rows: Sequence[int], source: str) -> None:
        """Give the current object rows of a set."""
        key = (row_set.name, source, row_set.kind)
        head = self._head_numbers.setdefault(key, len(self._head_numbers))
        owner = len(self._step_ids) - 1
        spans = ((rows.start, rows.stop),) if isinstance(rows, range) else runs(rows)
        for start, stop in spans:
            if stop > start:
                self._runs.extend((start, stop, owner, head))
                self.rows += stop - start

    def batches(self, rows: Rows, schema: ArrowSchema) -> Iterator[ArrowBatch]:
        """Yield the table as record batches of at most ROW_GROUP rows."""
        import numpy as np  # pyarrow brings it; see parquet.py
        import pyarrow as pa

        # Array.take is this call, but first imports pyarrow.compute, which writes 300 functions: 0.1 s.
        from pyarrow._compute import TakeOptions, call_function

        def take(values: ArrowArray, indices: ArrowArray) -> ArrowArray:
            return call_function("take", [values, indices], TakeOptions(boundscheck=False))

        name, value, number, value_type, unit = rows.columns()
        set_name, source, kind = _texts(self._head_numbers, 3)
        step_ids = np.array(self._step_ids, np.int64)
        global_id, ifc_class, object_name, storey_name = _texts(self._objects, 4)
        starts, stops, objects, head_of = np.frombuffer(self._runs, np.int64).reshape(-1, 4).T
        lengths = stops - starts
        ends = np.cumsum(lengths)
        for first in range(0, self.rows, ROW_GROUP):
            positions = np.arange(first, min(first + ROW_GROUP, self.rows))
            segment = np.searchsorted(ends, positions, side="right")
            row = starts[segment] + positions - (ends - lengths)[segment]
            owner, head = objects[segment], head_of[segment]
            of_object, of_head, of_row = pa.array(owner), pa.array(head), pa.array(row)
            columns = {
                "step_id": pa.array(step_ids[owner]),
                "global_id": take(global_id, of_object),
                "class": take(ifc_class, of_object),
                "object_name": take(object_name, of_object),
                "storey_name": take(storey_name, of_object),
                "set_name": take(set_name, of_head),
                "name": take(name, of_row),
                "value": take(value, of_row),
                "number": take(number, of_row),
                "value_type": take(value_type, of_row),
                "unit": take(unit, of_row),
                "source": take(source, of_head),
                "kind": take(kind, of_head),
            }
            yield pa.record_batch([columns[field.name] for field in schema], schema=schema)


def _texts(rows: Collection[tuple[str | None, ...]], count: int) -> list[ArrowArray]:
    """Return the columns of rows of texts."""
    import pyarrow as pa  # see parquet.py

    return [pa.array(list(column), pa.string()) for column in list(zip(*rows, strict=True)) or [()] * count]
