"""Kinds of bodies that the product may draw wrong without saying so, with the reason: the page lists them as limits."""

KNOWN_WRONG: dict[str, str] = {}
