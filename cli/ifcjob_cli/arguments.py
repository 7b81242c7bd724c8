"""The command line: its commands. Each has a module that adds its arguments and, in `execute`, the function to call."""

import argparse
from collections.abc import Sequence

import ifcjob
from ifcjob_cli import completion
from ifcjob_cli.inspect import arguments as inspect
from ifcjob_cli.options.parser import Parser, UsageError
from ifcjob_cli.remote import arguments as remote
from ifcjob_cli.run import arguments as run
from ifcjob_cli.serve import arguments as serve

__all__ = ["UsageError", "parse"]

COMMANDS = (run, inspect, serve, remote, completion)
"""Modules with a function `add`, in the order of the help."""


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line; options that are not set are absent. Raises UsageError."""
    root = parser()
    arguments, unknown = root.parse_known_args(argv)
    if unknown:
        # By the command's own parser, which suggests an option that it has.
        root.of_command(arguments.command).error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def parser() -> Parser:
    """Return the parser of all commands."""
    root = Parser(prog="ifcjob", description="IFC in; metadata, spatial tree, properties and GLB out.")
    root.add_argument("--version", action="version", version=f"ifcjob {ifcjob.__version__}", help="print the version")
    root.epilog = "`ifcjob run --help` explains every option and shows examples."
    commands = root.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add(commands)
    # Only listed here: ifcjob_catalog.command parses it, because the operator's image lacks this package.
    commands.add_parser(
        "catalog", help="the history of IfcJobs: create and upgrade its database, resubmit IfcJobs", add_help=False
    )
    return root
