"""Write numbers as STEP requires: `.5` is certainly `0.5`, and `1.5D3` is `1.5E3`."""

import re
from dataclasses import dataclass, field

_NUMBER = re.compile(
    rb"'(?:[^']|'')*+'|/\*.*?\*/|(?<=[(,\s])(?:(?P<sign>[+-]?)(?P<short>\.\d+(?:[EeDd][+-]?\d+)?)"
    rb"|(?P<long>[+-]?\d+\.?\d*)[Dd](?P<power>[+-]?\d+))(?=[\s,)])",
    re.DOTALL,
)


@dataclass
class Numbers:
    """Rewrites numbers, and remembers where."""

    lines: set[int] = field(default_factory=set)
    """Lines of the statements with such a number."""

    def in_step(self, text: bytes, line: int) -> bytes:
        """Return the statement that begins on `line` with numbers in STEP."""

        def written(match: re.Match[bytes]) -> bytes:
            if match["short"] is None and match["long"] is None:
                return match[0]
            self.lines.add(line)
            if match["long"] is not None:
                return match["long"] + (b"" if b"." in match["long"] else b".") + b"E" + match["power"]
            return match["sign"] + b"0" + match["short"].upper().replace(b"D", b"E")

        return _NUMBER.sub(written, text)
