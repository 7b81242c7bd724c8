"""Measurements of known work give the known numbers."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.measure import Command, CommandFailedError, Ratio, peak_memory, run, run_pairs

MEBIBYTE = 1 << 20
HOLD = "import time; block = bytearray(b'x') * {size}; time.sleep(1.5)"
BURN = "import time\nwhile time.process_time() < {seconds}: pass"


def python(code: str, **options: object) -> Command:
    return Command((sys.executable, "-S", "-c", code), **options)  # type: ignore[arg-type]


def in_child(code: str) -> str:
    """Return a program that runs the code in a child and waits for it."""
    return f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {code!r}], check=True)"


def test_memory_of_one_process_is_measured() -> None:
    peak = peak_memory(python(HOLD.format(size=200 * MEBIBYTE)))
    assert 200 * MEBIBYTE < peak < 240 * MEBIBYTE


def test_memory_of_a_tree_is_summed() -> None:
    """Parent and grandchild hold 100 MiB each at the same time."""
    child = in_child(HOLD.format(size=100 * MEBIBYTE))
    peak = peak_memory(python(f"block = bytearray(b'x') * {100 * MEBIBYTE}; {child}"))
    assert 200 * MEBIBYTE < peak < 250 * MEBIBYTE


def test_memory_shared_after_a_fork_counts_once() -> None:
    code = f"import os, time; block = bytearray(b'x') * {100 * MEBIBYTE}; os.fork(); time.sleep(0.5)"
    assert 100 * MEBIBYTE < peak_memory(python(code)) < 130 * MEBIBYTE


def test_cpu_time_of_one_process_is_measured() -> None:
    usage = run(python(BURN.format(seconds=0.5)))
    assert 0.5 <= usage.cpu_seconds < 0.7
    assert usage.wall_seconds >= 0.5


def test_cpu_time_of_children_is_included() -> None:
    usage = run(python(in_child(BURN.format(seconds=0.4)) + "\n" + BURN.format(seconds=0.2)))
    assert 0.6 <= usage.cpu_seconds < 0.9


def test_cpu_time_of_an_unreaped_child_is_included() -> None:
    code = "import os, time\nchild = os.fork()\nif child:\n  os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)\n"
    code += f"  time.sleep(1.2); os._exit(0)\n{BURN.format(seconds=0.3)}"
    assert run(python(code)).cpu_seconds >= 0.3


def test_cpu_time_of_an_orphan_in_another_session_is_included() -> None:
    left = f"[sys.executable, '-S', '-c', {BURN.format(seconds=60)!r}]"
    code = f"import subprocess, sys, time\nsubprocess.Popen({left}, start_new_session=True)\ntime.sleep(1.5)"
    assert 0.3 <= run(python(code)).cpu_seconds < 3


def test_memory_of_a_child_in_another_session_is_included() -> None:
    held = f"[sys.executable, '-S', '-c', {HOLD.format(size=100 * MEBIBYTE)!r}]"
    code = f"import subprocess, sys\nsubprocess.Popen({held}, start_new_session=True).wait()"
    assert 100 * MEBIBYTE < peak_memory(python(code)) < 150 * MEBIBYTE


def test_unrelated_children_are_neither_measured_nor_killed() -> None:
    with subprocess.Popen(("sleep", "60")) as unrelated:
        assert peak_memory(python("import time; time.sleep(0.2)")) < 30 * MEBIBYTE
        run(python("pass"))
        assert unrelated.poll() is None
        unrelated.kill()


def test_orphaned_process_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    left = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = f"import subprocess, sys, os, time\nsubprocess.Popen([sys.executable, '-S', '-c', {left!r}])"
    waiting = f"\nwhile not os.path.exists({str(note)!r}) or not os.path.getsize({str(note)!r}): time.sleep(0.01)"
    started = time.perf_counter()
    run(python(code + waiting))
    assert time.perf_counter() - started < 30
    assert not Path(f"/proc/{note.read_text()}").exists()


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="only one CPU")
def test_pinned_command_has_one_cpu_and_its_parent_keeps_all() -> None:
    before = os.sched_getaffinity(0)
    code = "import os, sys; sys.exit(len(os.sched_getaffinity(0)) != 1)"
    run(python(code, cpus=frozenset({min(before)})))
    assert os.sched_getaffinity(0) == before


def test_reported_seconds_and_output_size_are_kept(tmp_path: Path) -> None:
    product = tmp_path / "product"
    code = f"""open({str(product)!r}, 'w').write('x' * 123); print('noise'); print('{{"seconds": {{"tree": 0.25}}}}')"""
    usage = run(python(code, product=product))
    assert usage.product_bytes == 123
    assert usage.inner_seconds == {"tree": 0.25}


def test_failing_command_raises_with_its_output() -> None:
    with pytest.raises(CommandFailedError, match=r"ended with exit code 3(.|\n)*out of ideas"):
        run(python("import sys; print('out of ideas'); sys.exit(3)"))
    with pytest.raises(CommandFailedError):
        peak_memory(python("import sys; sys.exit(3)"))


def test_commands_of_a_pair_alternate(tmp_path: Path) -> None:
    log = tmp_path / "log"
    a, b = (python(f"open({str(log)!r}, 'a').write({name!r})") for name in "ab")
    pairs = run_pairs(a, b, pairs=3)
    assert log.read_text() == "abbaab"
    assert len(pairs.a) == len(pairs.b) == 3


def test_ratio_compares_medians_and_reports_the_spread() -> None:
    pairs = run_pairs(python(BURN.format(seconds=0.2)), python(BURN.format(seconds=0.4)), pairs=3)
    ratio = pairs.ratio(lambda usage: usage.cpu_seconds)
    assert isinstance(ratio, Ratio)
    assert ratio.value == pytest.approx(0.5, abs=0.15)
    assert ratio.low <= ratio.value <= ratio.high
    assert ratio.value == ratio.a / ratio.b
