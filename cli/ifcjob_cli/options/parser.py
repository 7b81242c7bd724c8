"""Parsers whose help and errors suit `ifcjob`. It imports nothing slow, so that parsing is fast.

An option whose `dest` contains dots sets that field of the run request: the request validates the value (requests.py),
and `{field}` in the help is the description of the field, so that help and reference pages agree.
"""

import argparse
import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001 - argparse has no public name for it
"""The subparsers, to which each command adds its own."""


class UsageError(Exception):
    """The command line is invalid; the message says what to correct, and the hint how."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


_UNKNOWN_OPTION = re.compile(r"unrecognized arguments: (-\S+)")
_UNKNOWN_COMMAND = re.compile(r"argument COMMAND: invalid choice: '([^']*)'")


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, because argparse would exit with 2."""
        if match := _UNKNOWN_OPTION.match(message):
            options = (option for action in self._actions for option in action.option_strings)
            raise UsageError(
                f"unknown option {match[1]}", _suggestion(match[1].partition("=")[0], options) or self._see_help()
            )
        if match := _UNKNOWN_COMMAND.match(message):
            word = match[1]
            if word.lower().endswith((".ifc", ".ifczip", ".gz", "/")):
                raise UsageError(f"unknown command {word!r}", f"Did you mean `ifcjob run {word}`?")
            raise UsageError(f"unknown command {word!r}", _suggestion(word, self._all_commands()) or self._see_help())
        raise UsageError(message.removeprefix("argument "), self._see_help())

    def _see_help(self) -> str:
        return f"`{self.prog} --help` shows what is possible."

    def of_command(self, name: str) -> argparse.ArgumentParser:
        """Return the parser of a command's arguments."""
        return self._all_commands()[name]

    def _all_commands(self) -> dict[str, argparse.ArgumentParser]:
        groups = [action for action in self._actions if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001 - as above
        return {name: parser for group in groups for name, parser in group.choices.items()}


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Insert the descriptions of fields when help is shown, so that parsing does not import the contract."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if not action.help or "{field}" not in action.help:
            return action.help
        from ifcjob_cli.options.requests import default_of, description_of  # only help needs it

        sentence, default = description_of(action.dest), default_of(action.dest)
        text = action.help.replace("{field}", sentence) + (f" Default: {default}." if default else "")
        return text.replace("%", "%%")


def _suggestion(word: str, known: Iterable[str]) -> str | None:
    import difflib  # only a mistake needs it

    matches = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {matches[0]}?" if matches else None


def add_field(group: argparse._ArgumentGroup, flag: str, dest: str, metavar: str, text: str = "{field}") -> None:
    """Add an option that sets a field of the run request."""
    group.add_argument(flag, dest=dest, metavar=metavar, help=text)


def add_list(group: argparse._ActionsContainer, flag: str, dest: str, metavar: str, text: str) -> None:
    """Add an option that takes a list."""
    group.add_argument(flag, dest=dest, metavar=metavar, action="extend", type=value(entries), help=text)


def entries(text: str) -> list[str]:
    """Return the entries of a comma-separated list, or of a file named as `@FILE`, one per line."""
    if text.startswith("@"):
        try:
            lines = Path(text[1:]).read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise ValueError(f"{text[1:]} is not a text file in UTF-8") from None
        return [line.strip() for line in lines if line.strip()]
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
