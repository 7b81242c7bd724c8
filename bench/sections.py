"""The sections of bench/RESULTS.md that other commands than `make bench` write, each between two markers."""

import re
from pathlib import Path

_SECTION = re.compile(r"<!-- (\w+): begin -->\n.*?<!-- \1: end -->\n", re.DOTALL)


def write_section(page: Path, text: str) -> None:
    """Replace the section of a page that has the same markers as `text`, or append it."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    begin = text.partition("\n")[0]
    before, _, rest = old.partition(begin)
    after = rest.partition(begin.replace(": begin", ": end"))[2].lstrip("\n")
    gap = "\n" if after else ""
    page.write_text(f"{before.rstrip()}\n\n{text}{gap}{after}", encoding="utf-8")


def existing_sections(page: Path) -> str:
    """Return the sections of a page, or nothing."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    return "".join(f"\n{match[0]}" for match in _SECTION.finditer(old))
