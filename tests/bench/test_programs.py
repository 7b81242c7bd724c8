"""Every program of bench/ starts, by path or by -m as the documentation calls it, and explains its arguments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BENCH = REPOSITORY / "bench"
BY_PATH = ("bench/inner.py", "bench/peers/obvious.py")
ARGUMENTS = {
    "bench.api.live": ("--seconds", "--output"),
    "bench.api.models": ("--models", "--folder", "--corpus", "--output"),
    "bench.api.serve": ("--seconds", "--output"),
    "bench.api.uploads": ("--uploads", "--megabytes", "--folder", "--output"),
    "bench.before": ("commit", "--ifcjob", "--models", "--pairs", "--output"),
    "bench.flat": ("target", "SOURCE", "--megabytes"),
    "bench.gltf_writers": ("model", "--rounds"),
    "bench.inner": ("part", "model"),
    "bench.many_files": ("--ifcjob", "--commit", "--files", "--pairs", "--output"),
    "bench.memory": ("--models", "--output"),
    "bench.operator_load": ("--jobs", "--output"),
    "bench.operator_load.kept": ("--count", "--output"),
    "bench.operator_load.latency": ("file", "--jobs", "--output"),
    "bench.peers.obvious": ("model", "--output", "--only"),
    "bench.run": ("NAME", "--pairs", "--output", "--ifcjob", "--list", "--models"),
    "bench.scale": ("source", "target", "--megabytes", "--copies"),
    "bench.web.peers": ("NAME", "--runs", "--pictures", "--output"),
    "bench.web.run": ("NAME", "--peer", "--output"),
}
SERVERS = {
    "bench.api.live_server",
    "bench.api.model_server",
    "bench.api.serve_server",
    "bench.api.upload_server",
}
"""Started by the other programs, not by people."""
CALLS = [
    *(pytest.param((path,), id=path) for path in BY_PATH),
    *(pytest.param(("-m", name), id=name) for name in ARGUMENTS),
]


def module_of(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts).removesuffix(".__main__")


def test_every_program_is_listed_here() -> None:
    programs = {module_of(path) for path in BENCH.rglob("*.py") if 'if __name__ == "__main__":' in path.read_text()}
    assert programs == set(ARGUMENTS) | SERVERS


@pytest.mark.parametrize("call", CALLS)
def test_help_of_a_program_explains_each_argument(call: tuple[str, ...]) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    argv = (sys.executable, *call, "--help")
    result = subprocess.run(argv, cwd=REPOSITORY, env=clean, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    for argument in ARGUMENTS[module_of(REPOSITORY / call[0]) if call[0] != "-m" else call[1]]:
        lines = [line.split() for line in result.stdout.splitlines() if line.startswith("  ")]
        assert any(argument in line[:4] for line in lines), f"{argument} is not in the help:\n{result.stdout}"


@pytest.mark.parametrize("path", BY_PATH)
def test_no_neighbour_of_a_program_shadows_the_standard_library(path: str) -> None:
    """Python puts the folder of a program that is started by path first on its import path."""
    neighbours = {neighbour.stem for neighbour in (REPOSITORY / path).parent.iterdir()}
    assert not neighbours & sys.stdlib_module_names
