"""Bars are compared with their limits; a bar that cannot be measured fails."""

import dataclasses
import sys
from pathlib import Path

import pytest

from bench.bars import BARS, GROWTH, MEDIANS, Bar, Basis, Growth, Limit, MedianBar, Metric
from bench.engines import Program, Setup, Work
from bench.judge import Bench
from bench.report import page
from ifcjob.options import OPERATION_NAMES

BURN = "import time\nwhile time.process_time() < {seconds}: pass"
FAST = Work(Program.PYTHON, ("-S", "-c", BURN.format(seconds=0.2)))
SLOW = Work(Program.PYTHON, ("-S", "-c", BURN.format(seconds=0.6)))
HALF = Limit(Metric.CPU, Basis.RATIO, 0.5)


@pytest.fixture(autouse=True)
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "any.ifc").touch()
    monkeypatch.setenv("IFCJOB_CORPUS", str(tmp_path))


@pytest.fixture
def bench() -> Bench:
    return Bench(Setup.of("ifcjob"), pairs=1)


def bar(name: str, subject: Work, peer: Work | None, *limits: Limit) -> Bar:
    return Bar(name, "any", subject, peer, limits)


def test_a_ratio_within_the_limit_passes_and_a_larger_one_fails(bench: Bench) -> None:
    assert [row.passed for row in bench.measure(bar("won", FAST, SLOW, HALF))] == [True]
    assert [row.passed for row in bench.measure(bar("lost", SLOW, FAST, HALF))] == [False]


def test_differences_and_amounts_have_limits(bench: Bench) -> None:
    slower = bar("slower", SLOW, FAST, Limit(Metric.CPU, Basis.DIFFERENCE, 0.2))
    within = dataclasses.replace(slower, limits=(Limit(Metric.CPU, Basis.DIFFERENCE, 0.9),))
    assert [row.passed for row in bench.measure(slower)] == [False]
    assert [row.passed for row in bench.measure(within)] == [True]
    big = Work(Program.PYTHON, ("-S", "-c", f"import time; block = bytearray(b'x') * {100 << 20}; time.sleep(0.3)"))
    for maximum, passed in ((90 << 20, False), (140 << 20, True)):
        alone = bar("alone", big, None, Limit(Metric.MEMORY, Basis.AMOUNT, float(maximum)))
        assert [row.passed for row in bench.measure(alone)] == [passed]


def test_number_without_limit_is_only_reported(bench: Bench) -> None:
    (row,) = bench.measure(bar("shown", SLOW, FAST, Limit(Metric.CPU, Basis.RATIO, None)))
    assert row.passed is None
    assert row.value is not None
    assert row.value > 1


@pytest.mark.parametrize("sample", ["any", "absent"])
def test_bar_that_cannot_be_measured_fails(sample: str, bench: Bench) -> None:
    broken = Work(Program.PYTHON, ("-S", "-c", "raise SystemExit('no engine here')"))
    (row,) = bench.measure(dataclasses.replace(bar("broken", broken, FAST, HALF), sample=sample))
    assert row.passed is False
    assert ("no engine here" if sample == "any" else "IFCJOB_CORPUS") in row.problem
    assert bench.median(MedianBar("median", "broken", Metric.CPU, 9.9)).passed is False


def test_a_median_covers_the_bars_with_its_prefix(bench: Bench) -> None:
    for name, subject, peer in (("a-1", FAST, SLOW), ("a-2", FAST, SLOW), ("a-3", SLOW, FAST), ("b-1", SLOW, FAST)):
        bench.measure(bar(name, subject, peer, HALF))
    assert bench.median(MedianBar("median", "a-", Metric.CPU, 0.5)).passed is True
    assert bench.median(MedianBar("median", "b-", Metric.CPU, 0.5)).passed is False


@pytest.mark.parametrize(("exponent", "passed"), [(1, True), (2, False)])
def test_growth_fails_if_the_cost_per_element_rises_with_the_file(
    *, exponent: int, passed: bool, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linear work in the size of the file passes, quadratic work fails."""
    monkeypatch.setattr("bench.samples.CACHE", tmp_path / "cache")
    (tmp_path / "any.ifc").write_bytes(sample.read_bytes())
    program = tmp_path / "program.py"
    work = f"0.2 * (os.path.getsize(sys.argv[2]) / {sample.stat().st_size}) ** {exponent}"
    program.write_text(f"import os, sys, time\nwhile time.process_time() < {work}: pass")
    bench = Bench(Setup.of(f"{sys.executable} -S {program}"), pairs=1)
    row = bench.grow(Growth("growth", "any", "any@0.02", 1.3))
    assert row.passed is passed, row


def test_the_page_lists_failures_and_no_path_of_this_machine(bench: Bench, tmp_path: Path) -> None:
    bench.measure(bar("won", FAST, SLOW, HALF))
    bench.measure(bar("lost", SLOW, FAST, HALF))
    bench.measure(Bar("elsewhere", "absent", FAST, SLOW, (HALF,)))
    text = page(bench)
    failures = text.partition("## Limits that do not hold")[2].partition("##")[0]
    assert "lost" in failures
    assert "elsewhere" in failures
    assert "won" not in failures
    for path in (Path.home(), Path(__file__).parents[2], tmp_path):
        assert str(path) not in text


def test_every_bar_requests_operations_that_exist() -> None:
    works = [work for bar in BARS for work in (bar.subject, bar.peer) if work and work.program is Program.IFCJOB]
    lists = [work.options[work.options.index("--only") + 1].split(",") for work in works if "--only" in work.options]
    assert lists
    assert {name for names in lists for name in names} <= set(OPERATION_NAMES)


def test_bar_names_are_unique_and_every_median_has_bars() -> None:
    names = [*(bar.name for bar in BARS), *(median.name for median in MEDIANS), *(growth.name for growth in GROWTH)]
    assert len(set(names)) == len(names)
    for median in MEDIANS:
        bars = [bar for bar in BARS if bar.name.startswith(median.prefix)]
        assert len(bars) == 4
        assert all(any(limit.metric is median.metric for limit in bar.limits) for bar in bars)
