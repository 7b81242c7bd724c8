"""The page of the API's measurements: one section per program, between the markers that are its first and last line."""

from pathlib import Path


def write_section(page: Path, text: str) -> None:
    """Replace the section of a page, or append it."""
    begin, *_, end = text.strip().splitlines()
    old = page.read_text(encoding="utf-8") if page.exists() else "# The API, measured\n"
    before, _, rest = old.partition(begin)
    after = rest.partition(end)[2].lstrip("\n")
    page.write_text(f"{before.rstrip()}\n\n{text}{after and chr(10) + after}", encoding="utf-8")
