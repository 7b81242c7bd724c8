"""A search for numbers that STEP does not have, and that the engines lose or misread: `.5`, `NaN`, `1.#INF`, `1,5`.

Only samples are searched: a program writes all its numbers alike, and a search of everything takes a percent of the
run. The engine reports what it cannot read itself; see `data.lost_values`.
"""

import re
from dataclasses import dataclass

_SAMPLED = 16
"""The first of each so many chunks is a sample."""
_MARKS = bytes.maketrans(b"123456789(+- \t\r\n)NAIF", b"0" * 9 + b"," * 8 + b"naif")
_SIGNS = [re.compile(sign) for sign in (rb",\.0", rb",nan,", rb",inf,", rb"\.#")]
"""In the translated text; a search for each is faster than one for all."""
_FOUR_COORDINATES = re.compile(rb"POINT\(\([^,()]*,[^,()]*,[^,()]*,")
_ODD = re.compile(
    rb"'(?:[^']|'')*'|(?P<odd>[(,\s][+-]?(?:\.\d|nan\b|inf\b|\d\.#)|POINT\(\([^,()]*,[^,()]*,[^,()]*,)", re.IGNORECASE
)
"""A text, or an odd number outside texts."""


@dataclass
class NumberSamples:
    """The result of the search."""

    has_odd: bool = False
    _chunks: int = 0
    _has_reals: bool = False
    _has_points: bool = False

    def add(self, window: bytearray) -> None:
        """Search the next chunk when it is a sample."""
        self._chunks += 1
        if self.has_odd or self._chunks % _SAMPLED != 1:
            return
        marks = window.translate(_MARKS)
        self._has_reals = self._has_reals or b"0." in marks
        self._has_points = self._has_points or b"CARTESIANPOINT(" in window
        if any(sign.search(marks) for sign in _SIGNS) or _FOUR_COORDINATES.search(window):
            self.has_odd = any(match["odd"] for match in _ODD.finditer(window))

    @property
    def are_suspicious(self) -> bool:
        """Whether numbers are odd, or none has a decimal point, as with decimal commas."""
        return self.has_odd or (self._has_points and not self._has_reals)
