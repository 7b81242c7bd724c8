"""The arguments of `ifcjob inspect` and their help."""

import argparse

from ifcjob_cli.options.parser import Commands, Formatter

DESCRIPTION = """\
Show the header, schema, authoring tool, size and number of objects of IFC files, in milliseconds per MB.
It reads the STEP text only; `ifcjob run` checks each object.
"""

EPILOG = """\
examples:
  ifcjob inspect house.ifc
  ifcjob inspect models/ --json | jq '{name, schema, application: .applications[0]}'
  ifcjob inspect s3://models/2024/house.ifc
"""


def add(commands: Commands) -> None:
    """Add the command."""
    inspect = commands.add_parser(
        "inspect",
        help="show header, schema, authoring tool and counts of IFC files",
        usage="ifcjob inspect SOURCE… [--json]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Formatter,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    inspect.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="A file, folder, glob, URL or -, as for `ifcjob run`."
    )
    inspect.add_argument(
        "--all", dest="all_classes", action="store_true", default=False, help="Count all classes, not only products."
    )
    inspect.add_argument(
        "--json", action="store_true", default=False, help="Print one line of JSON per file, with all classes."
    )
    inspect.set_defaults(execute=_execute)


def _execute(arguments: argparse.Namespace) -> int:
    from ifcjob_cli.inspect.command import inspect  # slow imports only after parsing

    return inspect(arguments)
