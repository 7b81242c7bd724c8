"""The files of a command line, each with its output folder."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_cli.run import sources, standard_input
from ifcjob_cli.run.sources import InputFile


@dataclass(frozen=True)
class Item:
    """A file with the name of its output folder, or a SOURCE without files, with the failure."""

    source: str
    name: str
    file: InputFile | None = None
    folder: str = ""
    failure: RunFailure | None = None


def items_of(arguments: argparse.Namespace, scratch: Path) -> list[Item]:
    """Expand all SOURCEs; a SOURCE without files becomes an item that fails in its turn.

    Standard input is copied to the folder `scratch`.
    """
    if arguments.sources.count("-") > 1:
        raise RunFailure(FailureReason.INVALID_REQUEST, "standard input (-) can be read only once")
    expanded: list[InputFile | Item] = []
    for source in arguments.sources:
        try:
            read_input = source == "-"
            expanded += [standard_input.read(arguments, scratch)] if read_input else sources.files_of(source)
        except RunFailure as failure:
            expanded.append(Item(source, source, failure=failure))
    _check_single(arguments, len(expanded))
    if (name := getattr(arguments, "source.name", None)) is not None:
        expanded = [replace(entry, name=name) if isinstance(entry, InputFile) else entry for entry in expanded]
    folders = dict(sources.with_folders(entry for entry in expanded if isinstance(entry, InputFile)))
    return [
        entry if isinstance(entry, Item) else _item(entry, folders[entry])
        for entry in dict.fromkeys(expanded)
        if isinstance(entry, Item) or entry in folders
    ]


def _check_single(arguments: argparse.Namespace, count: int) -> None:
    for field, flag in (("source.sha256", "--sha256"), ("source.name", "--name")):
        if field in arguments and count > 1:
            raise RunFailure(FailureReason.INVALID_REQUEST, f"{flag} is for one file, but the sources have {count}")


def _item(file: InputFile, folder: str) -> Item:
    # Files with the same name are shown with their folder.
    name = file.name if folder == file.stem else f"{file.parent}/{file.name}"
    return Item(file.public_uri or file.uri, name, file, folder)
