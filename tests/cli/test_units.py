import pytest

from ifcjob_cli import units


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1048576", 1048576),
        ("512Mi", 512 * 2**20),
        ("2G", 2 * 10**9),
        ("1.5Gi", 3 * 2**29),
        ("2GiB", 2**31),
        ("3k", 3000),
    ],
)
def test_sizes_parse_kubernetes_quantities(text: str, size: int) -> None:
    assert units.bytes_of(text) == size


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("0.5", 0.5)])
def test_durations_parse(text: str, seconds: float) -> None:
    assert units.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "five", "-1", "5x", "5 m s", "1e3"])
def test_invalid_sizes_and_durations_are_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time; write"):
        units.seconds_of(text)
    with pytest.raises(ValueError, match="is not a size; write"):
        units.bytes_of(text + "q")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (3460, "3.46 kB"), (999_600, "1 MB"), (212e6, "212 MB"), (5e12, "5 TB")],
)
def test_sizes_are_printed_with_three_digits(size: float, text: str) -> None:
    assert units.size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.004, "0.00 s"), (9.99, "9.99 s"), (48.21, "48.2 s"), (185, "3 min 05 s")]
)
def test_durations_are_printed_readably(seconds: float, text: str) -> None:
    assert units.time_text(seconds) == text
