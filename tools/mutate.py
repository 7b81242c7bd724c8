"""Run mutated files and report bugs: a run that fails because of us, and a product lost without being named.

`python -m tools.mutate FILE… --count 10000` takes the kinds in turn, in one process per CPU, at the lowest priority but
nine. `--first N --count 1` repeats one mutation; `--page PATH` writes the outcomes as a page.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import struct
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.request import RunRequest
from ifcjob_runner.data.attribute_access import REPRESENTATION
from ifcjob_runner.input.repair.statements import arguments_of
from ifcjob_runner.pipeline import run
from ifcjob_runner.progress.observer import SilentObserver
from tools.mutations import KINDS, mutated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ifcjob.report import RunReport

_NICE = 10
_NUMBER = re.compile(r"#(\d+)\b")
_LINE = re.compile(r"\bline (\d+)")


class Product(NamedTuple):
    """A product of an undamaged file."""

    step_id: int
    global_id: str
    line: int
    is_drawn: bool


@dataclass(frozen=True)
class BaseFile:
    """A file to damage, and its products."""

    name: str
    content: bytes
    products: list[Product]


class Outcome(NamedTuple):
    """The outcome of one mutation."""

    number: int
    kind: str
    result: str
    """`as before`, `findings`, or the reason of the failure."""
    bugs: list[str]


class _Artifacts:
    """The products in a run's artifacts."""

    def __init__(self, folder: Path) -> None:
        table = pq.read_table(folder / "elements.parquet", columns=["step_id", "global_id"]).to_pylist()
        self.listed = {row["step_id"]: row["global_id"] for row in table}
        glb = (folder / "model.glb").read_bytes()
        nodes = json.loads(glb[20 : 20 + struct.unpack_from("<I", glb, 12)[0]]).get("nodes", [])
        meshes = {number for number, node in enumerate(nodes) if "mesh" in node and "name" not in node}
        self.drawn = {n.get("name") for n in nodes if "mesh" in n or not meshes.isdisjoint(n.get("children", []))}
        manifest = json.loads((folder / "manifest.json").read_bytes())
        self.findings: list[dict[str, Any]] = manifest["findings"]
        coverage = manifest["coverage"]
        self._named = {row["globalId"] for key in ("skipped", "doubtful") for row in coverage.get(key, [])}
        self._text = json.dumps(self.findings)
        self._numbers = {int(number) for number in _NUMBER.findall(self._text)}
        self._lines = {int(number) for number in _LINE.findall(self._text)}

    def names(self, product: Product) -> bool:
        """Return whether a finding or the coverage names the product, or the line on which it stood."""
        lines = range(product.line - 1, product.line + 2)
        is_named = product.global_id in self._named or product.global_id in self._text
        return is_named or product.step_id in self._numbers or not self._lines.isdisjoint(lines)


def base_file(path: Path, folder: Path) -> BaseFile:
    """Run an undamaged file and return its products."""
    content = path.read_bytes()
    failure = _run(content, folder).failure
    if failure is not None:
        raise SystemExit(f"{path}: {failure.message}")
    artifacts = _Artifacts(folder / "out")
    lines = content.split(b"\n")
    line_of = {line.partition(b"=")[0].strip(): number for number, line in enumerate(lines, 1)}
    products = [
        Product(step_id, global_id, line_of.get(b"#%d" % step_id, 0), global_id in artifacts.drawn)
        for step_id, global_id in artifacts.listed.items()
    ]
    return BaseFile(path.name, content, products)


def outcome(base: BaseFile, number: int, folder: Path) -> Outcome:
    """Run a mutation and say what is wrong with its report and artifacts."""
    kind, damaged = mutated(base.content, number)
    report = _run(damaged, folder)
    failure = report.failure
    if failure is not None:
        is_ours = FAILURES[failure.reason].fixer == "us" or failure.reason == FailureReason.DEADLINE_EXCEEDED
        return Outcome(number, kind, failure.reason, [f"{failure.reason}: {failure.message}"] if is_ours else [])
    artifacts = _Artifacts(folder / "out")
    bugs = list(_unnamed(base, damaged, artifacts))
    return Outcome(number, kind, "findings" if artifacts.findings else "as before", bugs)


def _unnamed(base: BaseFile, damaged: bytes, artifacts: _Artifacts) -> Iterator[str]:
    """Yield the products that the damaged file has, but neither the artifacts nor a finding."""
    global_ids = set(artifacts.listed.values())
    for product in base.products:
        is_listed = product.step_id in artifacts.listed or product.global_id in global_ids
        is_gone = product.global_id.encode() not in damaged
        if artifacts.names(product) or (is_gone and not re.search(rb"#%d *=" % product.step_id, damaged)):
            continue
        if not is_listed:
            yield f"#{product.step_id} {product.global_id} is lost without being named"
        elif (
            product.is_drawn
            and product.global_id not in artifacts.drawn
            and not is_gone
            and _has_shape(damaged, product)
        ):
            yield f"#{product.step_id} {product.global_id} is not drawn and not named"


def _has_shape(content: bytes, product: Product) -> bool:
    """Return whether the product refers to a shape; without one it is not expected in the GLB."""
    statement = re.search(rb"#%d *=\s*\w+\s*(\(.*\);)" % product.step_id, content)
    arguments = arguments_of(statement[1]) if statement else None
    return not arguments or len(arguments) <= REPRESENTATION or arguments[REPRESENTATION].text not in (b"$", b"*")


def _run(content: bytes, folder: Path) -> RunReport:
    shutil.rmtree(folder / "out", ignore_errors=True)
    path = folder / "mutated.ifc"
    path.write_bytes(content)
    operations = {"metadata": {}, "spatialTree": {}, "properties": {}, "gltf": {"elementDeadlineSeconds": 2}}
    request = {
        "source": {"uri": str(path)},
        "output": {"folder": str(folder / "out")},
        "operations": operations,
        "limits": {"deadlineSeconds": 60, "workers": 2},
    }
    return run(RunRequest.model_validate(request), SilentObserver())


def _outcomes(bases: list[BaseFile], numbers: range) -> list[Outcome]:
    """Run some mutations in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return [outcome(bases[n // len(KINDS) % len(bases)], n, Path(folder)) for n in numbers]


def _page(bases: list[BaseFile], outcomes: list[Outcome]) -> str:
    """Return the outcomes as a page."""
    results = sorted({o.result for o in outcomes})
    names = ", ".join(f"{base.name} ({len(base.products)} products)" for base in bases)
    bugs = sum(bool(o.bugs) for o in outcomes)
    rows = []
    for kind in KINDS:
        counts = Counter(o.result for o in outcomes if o.kind == kind)
        failed = sum(bool(o.bugs) for o in outcomes if o.kind == kind)
        rows.append(f"| {kind} | {counts.total()} | {' | '.join(str(counts[r]) for r in results)} | {failed} |")
    return (
        f"{len(outcomes)} mutated files of {len(KINDS)} kinds, {bugs} bugs. Undamaged files: {names}.\n\n"
        f"| kind | files | {' | '.join(results)} | bugs |\n|---|{'---:|' * (len(results) + 2)}\n"
        + "\n".join(rows)
        + "\n"
    )


def main() -> int:
    """Run the mutations of each file and print the bugs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--page", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bases = [base_file(path, Path(folder)) for path in arguments.files]
    numbers = range(arguments.first, arguments.first + arguments.count)
    parts = [numbers[i : i + 50] for i in range(0, len(numbers), 50)]
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(arguments.jobs, initializer=os.nice, initargs=(_NICE,)) as pool:
        for part in pool.map(partial(_outcomes, bases), parts):
            outcomes += part
            for result in part:
                for bug in result.bugs:
                    sys.stdout.write(f"{result.number} ({result.kind}): {bug[:300]}\n")
            sys.stdout.flush()
    page = _page(bases, outcomes)
    sys.stdout.write(page)
    if arguments.page:
        arguments.page.write_text(page, encoding="utf-8")
    return 1 if any(o.bugs for o in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
