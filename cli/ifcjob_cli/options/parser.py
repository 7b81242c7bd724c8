"""Parsers whose help and errors suit `ifcjob`. It imports nothing slow, so that parsing is fast.

An option whose `dest` contains dots sets that field of the run request: the request validates the value (requests.py),
and `{field}` in the help is the description of the field, so that help and reference pages agree.
"""

import argparse
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001 - argparse has no public name for it
"""The subparsers, to which each command adds its own."""


class UsageError(Exception):
    """The command line is invalid; the message says what to correct."""


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, because argparse would exit with 2."""
        raise UsageError(message)


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Insert the descriptions of fields when help is shown, so that parsing does not import the contract."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if not action.help or "{field}" not in action.help:
            return action.help
        from ifcjob_cli.options.requests import default_of, description_of  # only help needs it

        sentence, default = description_of(action.dest), default_of(action.dest)
        text = action.help.replace("{field}", sentence) + (f" Default: {default}." if default else "")
        return text.replace("%", "%%")


def add_field(group: argparse._ArgumentGroup, flag: str, dest: str, metavar: str, text: str = "{field}") -> None:
    """Add an option that sets a field of the run request."""
    group.add_argument(flag, dest=dest, metavar=metavar, help=text)


def add_list(group: argparse._ActionsContainer, flag: str, dest: str, metavar: str, text: str) -> None:
    """Add an option that takes a list."""
    group.add_argument(flag, dest=dest, metavar=metavar, action="extend", type=value(entries), help=text)


def entries(text: str) -> list[str]:
    """Return the entries of a comma-separated list, or of a file named as `@FILE`, one per line."""
    if text.startswith("@"):
        return [line.strip() for line in Path(text[1:]).read_text("utf-8").splitlines() if line.strip()]
    values = [entry.strip() for entry in next(csv.reader([text], skipinitialspace=True), [])]
    if not all(values) or not values:
        raise ValueError(f"{text!r} has an empty entry")
    return values


def value(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """Show the converter's message in usage errors; argparse hides that of ValueError."""

    def converted(text: str) -> Any:
        try:
            return convert(text)
        except (ValueError, OSError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return converted
