"""How much memory a first attempt gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifcjob.memory import FLOOR_BYTES, unzipped_bytes
from ifcjob.quantity import as_bytes
from ifcjob.request import Limits
from ifcjob.resource import Resources
from ifcjob.status import ObservedInput
from ifcjob_catalog import MemoryHistory
from ifcjob_operator.applying.job_manifest import scratch_space
from ifcjob_operator.planning.attempts import more_memory_bytes
from ifcjob_operator.planning.memory_advice import MIN_SIMILAR_FILES, advise_memory
from ifcjob_operator.planning.policy import Policy
from ifcjob_runner.processes.limits import Limiter
from tests.support.builders import a_status, an_ifcjob

MIB, GIB = 2**20, 2**30
IFC = "s3://models/house.ifc"
NO_HISTORY = MemoryHistory()
MEASURED = [
    # name, bytes, engine processes, peak in MiB
    ("houten_kozijnen, every format", 9_299_831, 1, 224),
    ("office_a, every format", 4_099_307, 1, 216),
    ("janesville", 26_922_931, 1, 222),
    ("janesville", 26_922_931, 2, 456),
    ("janesville@100", 100_000_000, 2, 1_145),
    ("janesville@500", 500_000_000, 2, 4_358),
]


def limit(
    input_bytes: int | None,
    history: MemoryHistory | None = None,
    uri: str = IFC,
    highest: int = 64 * GIB,
    **spec: object,
) -> int:
    """Return the advised limit in bytes."""
    return advise_memory(input_bytes, uri, history, Resources.model_validate(spec), highest).memory_bytes


@pytest.mark.parametrize(("name", "size", "processes", "peak"), MEASURED)
def test_the_formula_covers_the_measurements_without_large_excess(
    name: str, size: int, processes: int, peak: int
) -> None:
    advised = limit(size, cpu=str(processes))
    assert 1.15 * peak * MIB <= advised <= max(FLOOR_BYTES, 2.6 * peak * MIB), name


@pytest.mark.parametrize("history", [None, MemoryHistory(same_file_peak_bytes=600 * MIB)])
@pytest.mark.parametrize("size", [1_000_000, 30_000_000, 100_000_000, 500_000_000])
@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_the_runner_uses_all_its_cpus(history: MemoryHistory | None, size: int, cpus: int) -> None:
    limiter = Limiter(Limits(), list)
    limiter.workers, limiter.memory_limit = cpus, limit(size, history, cpu=str(cpus))
    limiter.fit_workers(size)
    assert limiter.workers == cpus


def test_the_memory_of_the_spec_takes_precedence() -> None:
    history = MemoryHistory(same_file_peak_bytes=9 * GIB, same_file_oom_limit_bytes=9 * GIB)
    assert advise_memory(10**9, IFC, history, Resources(memory="1Gi"), 64 * GIB).memory_bytes == GIB


def test_a_small_file_gets_the_floor() -> None:
    assert limit(1000) == FLOOR_BYTES
    assert limit(1000, MemoryHistory(same_file_peak_bytes=MIB)) == FLOOR_BYTES


def test_a_zipped_file_counts_with_its_uncompressed_size() -> None:
    for name in ("house.ifczip", "House.IFCZIP", "house.ifc.gz", "house.zip"):
        assert limit(50_000_000, uri=f"s3://models/{name}") == limit(400_000_000)
    assert unzipped_bytes(5, "https://example.com/house.ifczip?X-Signature=abc") == 40
    assert unzipped_bytes(5, "https://example.com/house.ifc?as=.zip") == 5
    assert unzipped_bytes(5, "s3://models/what?.zip") == 40


def test_a_file_of_unknown_size_gets_a_quarter_of_the_maximum() -> None:
    assert limit(None, highest=16 * GIB) == 4 * GIB
    assert limit(None, maxMemory="2Gi", highest=16 * GIB) == FLOOR_BYTES
    assert limit(None, MemoryHistory(same_file_peak_bytes=2 * GIB), highest=16 * GIB) == 2.5 * GIB


def test_the_same_file_precedes_similar_files_and_those_the_formula() -> None:
    formula = limit(200_000_000)
    like = MemoryHistory(similar_files=MIN_SIMILAR_FILES, similar_files_ratio=20.0)
    same = MemoryHistory(same_file_peak_bytes=GIB, similar_files=MIN_SIMILAR_FILES, similar_files_ratio=20.0)
    assert limit(200_000_000, like) == pytest.approx(200_000_000 * 20 * 1.25, rel=0.001)
    assert limit(200_000_000, same) == 1.25 * GIB
    assert limit(200_000_000, NO_HISTORY) == formula


def test_few_similar_files_and_plain_files_of_a_zipped_size_are_ignored() -> None:
    few = MemoryHistory(similar_files=MIN_SIMILAR_FILES - 1, similar_files_ratio=90.0)
    many = MemoryHistory(similar_files=99, similar_files_ratio=90.0)
    assert limit(200_000_000, few) == limit(200_000_000)
    assert limit(20_000_000, many, "s3://models/a.ifczip") == limit(20_000_000, uri="s3://models/a.ifczip")


def test_a_limit_that_was_too_low_is_not_used_again() -> None:
    assert limit(1000, MemoryHistory(same_file_oom_limit_bytes=GIB)) == 2 * GIB
    assert limit(1000, MemoryHistory(same_file_peak_bytes=GIB, same_file_oom_limit_bytes=1280 * MIB)) == 2560 * MIB
    known = MemoryHistory(same_file_peak_bytes=2 * GIB, same_file_oom_limit_bytes=GIB)
    assert limit(1000, known) == 2.5 * GIB


@pytest.mark.parametrize(
    ("history", "uri", "reason"),
    [
        (None, IFC, "a file of 200.0 MB"),
        (MemoryHistory(same_file_peak_bytes=GIB), IFC, "this file needed 1024Mi before"),
        (MemoryHistory(same_file_oom_limit_bytes=8 * GIB), IFC, "8192Mi were not enough for this file before"),
        (
            MemoryHistory(similar_files=7, similar_files_ratio=10.0),
            IFC,
            "7 files of about this size needed up to 1908Mi",
        ),
    ],
)
def test_the_advice_has_a_reason(history: MemoryHistory | None, uri: str, reason: str) -> None:
    assert advise_memory(200_000_000, uri, history, Resources(), 64 * GIB).reason == reason


def test_the_advice_names_cpus_as_the_reason() -> None:
    assert (
        advise_memory(10**8, IFC, None, Resources(cpu="4"), 64 * GIB).reason
        == "a file of 100.0 MB, and more for 4 CPUs"
    )


SIZES = st.integers(0, 10**11)
HISTORIES = st.none() | st.builds(
    MemoryHistory,
    same_file_peak_bytes=st.none() | st.integers(1, 2**40),
    same_file_oom_limit_bytes=st.none() | st.integers(1, 2**40),
    similar_files=st.integers(0, 300),
    similar_files_ratio=st.none() | st.floats(0.1, 1e6),
)
HIGHEST = st.sampled_from([256 * MIB, 10**9, 16 * GIB, 64 * GIB, 1_500_000_000])


def test_a_maximum_between_two_mebibytes_is_not_exceeded() -> None:
    peak = MemoryHistory(same_file_peak_bytes=799_999_999)
    assert limit(1, peak, highest=10**9) == 10**9
    ifcjob = an_ifcjob(resources={"maxMemory": "1000000000"}, retry={"memoryFactor": 2})
    assert more_memory_bytes(ifcjob, 499_999_999, Policy()) == 10**9


@given(st.none() | SIZES, HISTORIES, HIGHEST, st.sampled_from(["100m", "1", "1500m", "16"]))
def test_the_advice_stays_between_floor_and_maximum(
    size: int | None, history: MemoryHistory | None, highest: int, cpu: str
) -> None:
    advised = limit(size, history, highest=highest, cpu=cpu)
    assert min(FLOOR_BYTES, highest) <= advised <= highest
    if history and history.same_file_oom_limit_bytes and advised < highest:
        assert advised > history.same_file_oom_limit_bytes


@given(SIZES, SIZES, st.sampled_from(["1", "2", "8"]))
def test_a_larger_file_never_gets_less_memory(first: int, second: int, cpu: str) -> None:
    small, large = sorted((first, second))
    assert limit(small, cpu=cpu) <= limit(large, cpu=cpu)
    assert limit(small) <= limit(small, cpu=cpu)


def test_a_zipped_file_has_space_to_be_unzipped() -> None:
    def space(uri: str) -> int:
        source = ObservedInput(uri=uri, bytes=100_000_000)
        return as_bytes(scratch_space(an_ifcjob(status=a_status(input=source))))

    assert space("s3://models/a.ifczip") - space("s3://models/a.ifc") == pytest.approx(3 * 700_000_000, abs=MIB)
