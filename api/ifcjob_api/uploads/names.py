"""File names as users send them: for display only, never a path."""

import re

MAX_CHARACTERS = 255


def display_name(name: str) -> str:
    """Return the last component without control and bidirectional characters, at most 255 characters long."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    plain = "".join(character if character.isprintable() else "_" for character in last).strip()
    if len(plain) <= MAX_CHARACTERS:
        return plain
    ending = plain[-12:]
    return plain[: MAX_CHARACTERS - len(ending) - 1] + "…" + ending
