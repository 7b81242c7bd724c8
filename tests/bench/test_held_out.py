"""Whole jobs on any folder: the bars of its files, and the median and worst ratio."""

from pathlib import Path

import pytest

from bench.bars import IFC_LITE, Line, Metric
from bench.engines import Setup
from bench.held_out import bars_of, summary
from bench.judge import Bench, Row


def test_every_ifc_file_of_a_folder_is_compared_with_every_peer(tmp_path: Path) -> None:
    for name in ("a.ifc", "b.IFC", "readme.md"):
        (tmp_path / name).touch()
    names = [bar.name for bar in bars_of(tmp_path)]
    assert names == ["whole-a", "web-ifc-a", "ifc-lite-a", "whole-b", "web-ifc-b", "ifc-lite-b"]


def test_the_summary_has_the_median_and_the_worst_ratio() -> None:
    ratios = {"a": 0.1, "b": 0.7, "c": 0.2, "d": None}
    lines = summary([Row(f"whole-{name}", name, Metric.WALL, value=ratio) for name, ratio in ratios.items()])
    assert lines == ["whole wall: median 0.200, worst 0.700 (b), 3 models, 1 not measured"]


def test_the_excess_over_a_peer_is_fitted_over_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0.1 s and 2 ms per element; the big file is left out."""
    for name, size in (("a", 10), ("b", 20), ("c", 30), ("big", 99)):
        (tmp_path / f"{name}.ifc").write_bytes(b"x" * size)
    monkeypatch.setenv("IFCJOB_CORPUS", str(tmp_path))
    seconds = {"a": 0.12, "b": 0.14, "c": 0.16, "big": 9.0}

    monkeypatch.setattr(Bench, "_excess", lambda *call: (call[2].stat().st_size, seconds[call[2].stem]))
    bench = Bench(Setup.of("ifcjob"), pairs=1)
    fixed, slope = bench.fit(Line("excess", IFC_LITE, 50, fixed_seconds=0.11, seconds_per_element=0.0019))
    assert (fixed.value, slope.value) == pytest.approx((0.1, 0.002))
    assert (fixed.sample, fixed.passed, slope.passed) == ("3 models", True, False)
