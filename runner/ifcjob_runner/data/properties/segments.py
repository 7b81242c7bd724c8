"""The properties table before it is written: ranges of shared rows per object, expanded batch by batch."""

from array import array
from collections.abc import Collection, Iterator, Sequence

from ifcjob_runner.data.formats.parquet import ROW_GROUP, ArrowArray, ArrowBatch, ArrowSchema
from ifcjob_runner.data.properties.inheritance import runs
from ifcjob_runner.data.properties.rows import Rows, RowSet


class Segments:
    """The rows of each object; holds numbers per object and set, never per value."""

    def __init__(self) -> None:
        # Four numbers per range of rows: where it ends in the table, its first row minus the place where it begins, the
        # object's position, the head's number.
        self._ranges = array("q")
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
        heads = self._head_numbers
        head = heads.setdefault((row_set.name, source, row_set.kind), len(heads))
        owner = len(self._step_ids) - 1
        spans = ((rows.start, rows.stop),) if isinstance(rows, range) else runs(rows)
        for start, stop in spans:
            if stop > start:
                self._ranges.extend((self.rows + stop - start, start - self.rows, owner, head))
                self.rows += stop - start

    def batches(self, rows: Rows, schema: ArrowSchema) -> Iterator[ArrowBatch]:
        """Yield the table as record batches of at most ROW_GROUP rows."""
        import pyarrow as pa  # see parquet.py

        # Array.take is this call, but first imports pyarrow.compute, which writes 300 functions: 0.1 s.
        from pyarrow._compute import CumulativeOptions, TakeOptions, call_function

        def take(values: ArrowArray, indices: ArrowArray) -> ArrowArray:
            return call_function("take", [values, indices], TakeOptions(boundscheck=False))

        name, value, number, value_type, unit = rows.columns()
        set_name, source, kind = _texts(self._head_numbers, 3)
        step_ids = pa.array(self._step_ids, pa.int64())
        global_id, ifc_class, object_name, storey_name = _texts(self._objects, 4)
        ends, *repeated = (_integers(self._ranges[n::4]) for n in range(4))
        ranges = [pa.RunEndEncodedArray.from_arrays(ends, values) for values in repeated]
        for first in range(0, self.rows, ROW_GROUP):
            count = min(ROW_GROUP, self.rows - first)
            shift, owner, head = (call_function("run_end_decode", [r.slice(first, count)]) for r in ranges)
            position = call_function("cumulative_sum", [pa.repeat(1, count)], CumulativeOptions(start=first - 1))
            row = call_function("add", [shift, position])
            columns = {
                "step_id": take(step_ids, owner),
                "global_id": take(global_id, owner),
                "class": take(ifc_class, owner),
                "object_name": take(object_name, owner),
                "storey_name": take(storey_name, owner),
                "set_name": take(set_name, head),
                "name": take(name, row),
                "value": take(value, row),
                "number": take(number, row),
                "value_type": take(value_type, row),
                "unit": take(unit, row),
                "source": take(source, head),
                "kind": take(kind, head),
            }
            yield pa.record_batch([columns[field.name] for field in schema], schema=schema)


def _integers(values: "array[int]") -> ArrowArray:
    import pyarrow as pa  # see parquet.py

    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def _texts(rows: Collection[tuple[str | None, ...]], count: int) -> list[ArrowArray]:
    """Return the columns of rows of texts."""
    import pyarrow as pa  # see parquet.py

    return [pa.array(list(column), pa.string()) for column in list(zip(*rows, strict=True)) or [()] * count]
