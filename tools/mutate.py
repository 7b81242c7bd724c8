"""Run mutated files and report every run that fails as a bug of ours, or without a report.

`python -m tools.mutate FILE… --count 10000` takes the kinds in turn; the seed of a mutation is its number, so that
each can be repeated with `--first N --count 1`.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.request import RunRequest
from ifcjob_runner.pipeline import run
from ifcjob_runner.progress.observer import SilentObserver

if TYPE_CHECKING:
    from collections.abc import Callable

_LINE = re.compile(rb"^#\d+ *=.*;", re.MULTILINE)
_REFERENCE = re.compile(rb"(?<=[(,])#\d+")
_VALUE = re.compile(rb"(?<=[(,])(?:'[^']*'|-?\d+\.?\d*(?:E-?\d+)?|\.\w+\.|\$)(?=[,)])")


def _at(content: bytes, random: random.Random) -> int:
    """Return an offset in the data."""
    return random.randrange(content.find(b"DATA;") + 5, content.rfind(b"ENDSEC"))


def _replaced(
    content: bytes, pattern: re.Pattern[bytes], random: random.Random, new: Callable[[bytes], bytes]
) -> bytes:
    matches = list(pattern.finditer(content, content.find(b"DATA;")))
    if not matches:
        return content
    match = random.choice(matches)
    return content[: match.start()] + new(match[0]) + content[match.end() :]


def _high_bytes(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + bytes(random.randrange(128, 256) for _ in range(random.randrange(1, 4))) + content[at:]


def _zero_bytes(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + bytes(random.randrange(1, 9)) + content[at:]


def _unclosed_comment(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + b"/*" + content[at:]


def _reference_for_value(content: bytes, random: random.Random) -> bytes:
    return _replaced(content, _VALUE, random, lambda _: b"#%d" % random.randrange(1, 60))


def _value_for_reference(content: bytes, random: random.Random) -> bytes:
    value = random.choice([b"'text'", b"1.5", b".T.", b"$", b"*", b"(1,2)", b"IFCLABEL('x')", b"#999999", b"'"])
    return _replaced(content, _REFERENCE, random, lambda _: value)


def _wrong_reference(content: bytes, random: random.Random) -> bytes:
    return _replaced(content, _REFERENCE, random, lambda _: b"#%d" % random.randrange(1, 90))


def _lost_bytes(content: bytes, random: random.Random) -> bytes:
    at = _at(content, random)
    return content[:at] + content[at + random.randrange(1, 40) :]


def _lost_mark(content: bytes, random: random.Random) -> bytes:
    mark = random.choice([rb"'", rb"\(", rb"\)", rb";", rb",", rb"=", rb"\n", rb"#", rb"\$"])
    return _replaced(content, re.compile(mark), random, lambda _: b"")


def _other_mark(content: bytes, random: random.Random) -> bytes:
    mark = random.choice([b"'", b"(", b")", b";", b",", b"=", b"\n", b"#", b"$", b"*", b'"', b"\\", b".", b"\\X2\\"])
    at = _at(content, random)
    return content[:at] + mark + content[at + random.randrange(2) :]


def _moved_line(content: bytes, random: random.Random) -> bytes:
    lines = [match[0] for match in _LINE.finditer(content)]
    line = random.choice(lines)
    return _replaced(content, _LINE, random, lambda old: random.choice([line, b"", old[: len(old) // 2], old + line]))


KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "high bytes": _high_bytes,
    "zero bytes": _zero_bytes,
    "unclosed comment": _unclosed_comment,
    "reference for a value": _reference_for_value,
    "value for a reference": _value_for_reference,
    "wrong reference": _wrong_reference,
    "lost bytes": _lost_bytes,
    "lost mark": _lost_mark,
    "other mark": _other_mark,
    "moved line": _moved_line,
}
"""Ten kinds of damage."""


def mutated(content: bytes, number: int) -> tuple[str, bytes]:
    """Return the kind and the content of a mutation; the same for the same number."""
    generator = random.Random(number)
    kind = list(KINDS)[number % len(KINDS)]
    return kind, KINDS[kind](content, generator)


def bug(content: bytes, number: int, folder: Path) -> str | None:
    """Run a mutation and return what is wrong with its report; None when it succeeds or names a reason in the file."""
    path = folder / "mutated.ifc"
    kind, damaged = mutated(content, number)
    path.write_bytes(damaged)
    operations = {"metadata": {}, "spatialTree": {}, "properties": {}, "gltf": {"elementDeadlineSeconds": 2}}
    request = {
        "source": {"uri": str(path)},
        "output": {"folder": str(folder / "out")},
        "operations": operations,
        "limits": {"deadlineSeconds": 60, "workers": 2},
    }
    report = run(RunRequest.model_validate(request), SilentObserver())
    failure = report.failure
    if failure is None:
        return None
    is_ours = FAILURES[failure.reason].fixer == "us" or failure.reason == FailureReason.DEADLINE_EXCEEDED
    return f"{number} ({kind}): {failure.reason}: {failure.message}" if is_ours else None


def main() -> int:
    """Run the mutations of each file and print the bugs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    arguments = parser.parse_args()
    contents = [path.read_bytes() for path in arguments.files]
    bugs: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.first, arguments.first + arguments.count):
            if failure := bug(contents[number // len(KINDS) % len(contents)], number, Path(folder)):
                bugs[list(KINDS)[number % len(KINDS)]] += 1
                sys.stdout.write(failure[:300] + "\n")
                sys.stdout.flush()
    sys.stdout.write(f"{arguments.count} mutations, {bugs.total()} bugs\n")
    return 1 if bugs else 0


if __name__ == "__main__":
    sys.exit(main())
