"""The long proof: `python -m tests.geometry.prove --instances 200` proves every kind of body, in parallel.

It can be stopped and started again: what has its line in the folder is not proved again, and a new kind is added to the
files that are there. `--forget REGEX` proves kinds again that were fixed. `--alone 4` meshes only one file of four with
each engine alone, too; the whole job meshes and judges all. At the end it writes `tests/geometry/proof.json`;
`python -m tests.geometry.page` makes docs/explanation/geometry.md from it.
"""

from __future__ import annotations

import argparse
import os
import re
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from random import Random
from typing import Any

import orjson

from tests.geometry.assembly import CASES
from tests.geometry.chunk import ENGINES, Tally, prove
from tests.geometry.draw import SCHEMAS
from tests.geometry.step import UNITS, Place, Setting

CHUNK = 4
"""Instances of each kind in one file."""
DEFLECTIONS = ((("linearDeflection", 0.002),), (("angularDeflection", 0.2),), (("linearDeflection", 0.02),))
DATA = Path(__file__).with_name("proof.json")


def setting_of(number: int) -> Setting:
    """Return the properties of the n-th file: every schema, unit and place come up together in time."""
    random = Random(number)
    places: tuple[Place, ...] = ("origin", "placement", "origin", "vertices")
    deflection = DEFLECTIONS[number // 7 % 3] if number % 7 == 5 else ()
    return Setting(
        SCHEMAS[number % 3], random.choice(list(UNITS)), random.random() < 0.3, places[number % 4], deflection
    )


def prove_file(number: int, names: list[str], engines: tuple[str, ...] = ENGINES) -> dict[str, Any]:
    """Prove one file: some instances of every kind."""
    setting = setting_of(number)
    picks = [(name, number * CHUNK + i) for name in names for i in range(CHUNK)]
    return {"number": number, "place": setting.place, "engines": prove(setting, picks, engines)}


def run(folder: Path, pattern: str, instances: int, processes: int, alone: int) -> None:
    """Prove what has no line yet."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "files.jsonl"
    done = {(line["number"], name) for line in _read(lines) for name in line["engines"]["job"]}
    with ProcessPoolExecutor(processes, max_tasks_per_child=50) as pool, lines.open("ab") as output:
        futures = []
        for number in range(-(-instances // CHUNK)):
            schema = setting_of(number).schema
            kinds = [name for name, case in CASES.items() if schema in case.schemas and re.search(pattern, name)]
            if names := [name for name in kinds if (number, name) not in done]:
                engines = ENGINES if number % alone == 0 else ("job",)
                futures.append(pool.submit(prove_file, number, names, engines))
        for count, future in enumerate(as_completed(futures), 1):
            output.write(orjson.dumps(future.result()) + b"\n")
            output.flush()
            print(f"{count} of {len(futures)} files", flush=True)


def forget(folder: Path, pattern: str) -> None:
    """Remove some kinds from the lines."""
    lines = _read(folder / "files.jsonl")
    for line in lines:
        for tallies in line["engines"].values():
            for name in [name for name in tallies if re.search(pattern, name)]:
                del tallies[name]
    (folder / "files.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


def summary(folder: Path) -> dict[str, Any]:
    """Return the tallies of every kind: of all files, and of those whose coordinates are at map coordinates."""
    total: dict[str, dict[str, Tally]] = {}
    for line in _read(folder / "files.jsonl"):
        for engine, tallies in line["engines"].items():
            for case, stored in tallies.items():
                known = total.setdefault(case, {})
                known.setdefault(engine, Tally()).merge(stored)
                if line["place"] == "vertices":
                    known.setdefault(f"{engine} far", Tally()).merge(stored)
    return {
        case: {engine: _rounded(tally) for engine, tally in tallies.items()} for case, tallies in sorted(total.items())
    }


def _rounded(tally: Tally) -> dict[str, Any]:
    stored = tally.stored()
    stored["deviation"] = float(f"{tally.deviation:.2g}")
    stored["problems"] = dict(sorted(stored["problems"].items()))
    return stored


def _read(lines: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in lines.read_bytes().splitlines()] if lines.exists() else []


def main() -> None:
    """Run the proof, and write its data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--instances",
        type=int,
        default=200,
        help="instances of each kind that all schemas have",
    )
    parser.add_argument("--cases", default=".", help="regular expression of the kinds")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--alone", type=int, default=1, help="one file of so many is meshed by each engine alone, too")
    parser.add_argument("--forget", help="regular expression of kinds to prove again")
    parser.add_argument("--folder", type=Path, default=Path("proof-files"), help="where the finished files are noted")
    parser.add_argument("--no-data", action="store_true", help="leave tests/geometry/proof.json as it is")
    arguments = parser.parse_args()
    if arguments.forget:
        forget(arguments.folder, arguments.forget)
    run(arguments.folder, arguments.cases, arguments.instances, arguments.processes, arguments.alone)
    data = summary(arguments.folder)
    if not arguments.no_data:
        DATA.write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
    for case, tallies in data.items():
        row = "  ".join(
            f"{name} {t['wrong']}+{t['listed']}/{t['instances']}" for name, t in tallies.items() if "far" not in name
        )
        print(f"{case:65s} {row}")


if __name__ == "__main__":
    main()
