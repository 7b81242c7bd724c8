"""A document of any depth becomes JSON, with the same text as that of a flat one."""

from pathlib import Path
from typing import Any

import orjson

from ifcjob_runner.data.formats.deep_json import json_of
from tests.support import samples
from tests.support.plain_step import with_more
from tests.support.runs import run_file

LEVELS = 300


def test_the_levels_of_a_document_do_not_change_its_text() -> None:
    flat: dict[str, Any] = {"a": [1, None, [], {}, 'é"\\'], "b": {"c": 1.5, "d": True}}
    deep: Any = flat
    for _ in range(LEVELS):
        deep = [deep]
    assert json_of(flat) == orjson.dumps(flat)
    assert json_of(deep) == b"[" * LEVELS + orjson.dumps(flat) + b"]" * LEVELS


def test_a_run_writes_the_tree_of_deeply_nested_assemblies(tmp_path: Path) -> None:
    path = samples.write(samples.two_walls_with_opening(), tmp_path / "deep.ifc")
    lines = [f"#{10_000 + n}=IFCELEMENTASSEMBLY('{n:022}',$,'E',$,$,$,$,$,$,$);" for n in range(LEVELS)]
    lines += [
        f"#{20_000 + n}=IFCRELAGGREGATES('{n:022}',$,$,$,#{9_999 + n},(#{10_000 + n}));" for n in range(1, LEVELS)
    ]
    path.write_text(with_more(path.read_text(), "\n".join(lines)))
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    (node,) = orjson.loads((finished.folder / "spatial-tree.json").read_bytes())["orphans"]
    levels = 1
    while node["elements"]:
        (node,), levels = node["elements"], levels + 1
    assert levels == LEVELS
