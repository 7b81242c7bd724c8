"""The command line and its help. It imports nothing slow, so that parsing is fast.

An option whose `dest` contains dots sets that field of the run request: the request validates the value (requests.py),
and `{field}` in the help is the description of the field, so that help and reference pages agree.
"""

import argparse
import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import ifcjob
from ifcjob_cli import units

DESCRIPTION = """\
Turn IFC files into metadata.json, spatial-tree.json, {elements,properties,relations}.parquet and model.glb.
Each file gets its own output folder, named after it. A failed file does not stop the others.
"""

EPILOG = """\
examples:
  ifcjob run house.ifc
  ifcjob run models/ -o out --only metadata,properties --formats xlsx
  ifcjob run 'models/**/*.ifc' --memory-limit 2Gi --deadline 10m
  ifcjob run house.ifc --include-classes IfcWall,IfcSlab --compression meshopt
  ifcjob run house.ifc --include-global-ids @ids.txt --json | jq .summary.coverage
  ifcjob run s3://models/2024/ https://example.com/house.ifc

lists:
  Separate entries with commas, or repeat the option; @FILE reads entries from a file, one per line.
  Put an entry that contains a comma in double quotes: --storeys '"Level 1, north",Roof'

S3:
  Configured as for other S3 tools, by AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION,
  AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL; or ~/.aws/credentials with AWS_PROFILE.

exit code:
  0 if all files have their artifacts, else the code of the first failure: see docs/reference/failure-reasons.md.
"""


class UsageError(Exception):
    """The command line is invalid; the message says what to correct."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise UsageError, because argparse would exit with 2."""
        raise UsageError(message)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Insert the descriptions of fields when help is shown, so that parsing does not import the contract."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if not action.help or "{field}" not in action.help:
            return action.help
        from ifcjob_cli.requests import default_of, description_of  # only help needs it

        sentence, default = description_of(action.dest), default_of(action.dest)
        text = action.help.replace("{field}", sentence) + (f" Default: {default}." if default else "")
        return text.replace("%", "%%")


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line; options that are not set are absent. Raises UsageError."""
    parser = _Parser(prog="ifcjob", description="IFC in; metadata, spatial tree, properties and GLB out.")
    parser.add_argument("--version", action="version", version=f"ifcjob {ifcjob.__version__}", help="print the version")
    parser.epilog = "`ifcjob run --help` explains every option and shows examples."
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    # Only listed here: ifcjob_catalog.command parses it, because the operator's image lacks this package.
    commands.add_parser(
        "catalog", help="the history of IfcJobs: create and upgrade its database, resubmit IfcJobs", add_help=False
    )
    run = commands.add_parser(
        "run",
        help="turn IFC files into artifacts, one folder per file",
        usage="ifcjob run SOURCE… [-o DIR] [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=_Formatter,
        allow_abbrev=False,  # new options could make abbreviations ambiguous
        argument_default=argparse.SUPPRESS,
    )
    for add in (_add_files, _add_operations, _add_selection, _add_shape, _add_limits, _add_display):
        add(run)
    return parser.parse_args(argv)


def _add_files(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("inputs and outputs")
    group.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="A file, a folder (all .ifc, .ifczip and .ifc.gz files below it), a glob such as 'models/**/*.ifc', "
        "s3://bucket/key[?versionId=…], s3://bucket/prefix/ or an http(s) URL.",
    )
    group.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        default="ifcjob-out",
        help="Parent folder of the artifact folders (default: ifcjob-out). Artifacts of an earlier run are replaced.",
    )
    group.add_argument(
        "--sha256", dest="source.sha256", metavar="HEX", type=str.lower, help="{field} Only with one file."
    )
    group.add_argument(
        "--max-bytes",
        dest="source.max_bytes",
        metavar="SIZE",
        type=_value(units.bytes_of),
        help="{field} As 500M or 8Gi.",
    )
    group.add_argument("--strict-schema", dest="source.strict_schema", action="store_true", help="{field}")


def _add_operations(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("operations")
    _add_list(
        group,
        "--only",
        "only",
        "NAME,…",
        "Run only these operations: metadata, spatial-tree, properties, gltf (default: all four). manifest.json is "
        "always written.",
    )
    _add_list(group, "--formats", "operations.properties.formats", "FORMAT,…", "{field}")
    _add_field(group, "--compression", "operations.gltf.compression", "none|quantize|meshopt")
    _add_field(group, "--names", "operations.gltf.names", "globalId|name")
    _add_field(group, "--extras", "operations.gltf.extras", "ids|properties")
    _add_field(group, "--coverage-minimum", "coverage.minimum", "SHARE", "{field} Between 0 and 1.")
    _add_field(group, "--on-shortfall", "coverage.on_shortfall", "Degrade|Fail")


def _add_selection(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("elements in the GLB")
    _add_list(group, "--include-classes", "operations.gltf.include_classes", "CLASS,…", "{field}")
    _add_list(group, "--exclude-classes", "operations.gltf.exclude_classes", "CLASS,…", "{field}")
    _add_list(group, "--include-global-ids", "operations.gltf.include_global_ids", "ID,…", "{field}")
    _add_list(group, "--exclude-global-ids", "operations.gltf.exclude_global_ids", "ID,…", "{field}")
    _add_list(group, "--storeys", "operations.gltf.storeys", "STOREY,…", "{field}")
    _add_field(group, "--spaces", "operations.gltf.spaces", "hide|show")
    _add_list(group, "--contexts", "operations.gltf.contexts", "CONTEXT,…", "{field}")


def _add_shape(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("geometry")
    _add_field(group, "--linear-deflection", "operations.gltf.linear_deflection", "METRES")
    _add_field(group, "--angular-deflection", "operations.gltf.angular_deflection", "RADIANS")
    _add_field(group, "--normals", "operations.gltf.normals", "none|flat|smooth")
    _add_field(
        group,
        "--origin",
        "operations.gltf.origin",
        "auto|none|X,Y,Z",
        "Origin shift: auto shifts models that are far from the origin, none never shifts, X,Y,Z (metres, Z up) "
        "becomes the GLB's origin; write --origin=-5,0,0 if the first number is negative. Default: auto.",
    )


def _add_limits(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("limits per file")
    seconds, size = _value(units.seconds_of), _value(units.bytes_of)
    _add_field(group, "--workers", "limits.workers", "N")
    group.add_argument(
        "--memory-limit",
        dest="limits.memory_bytes",
        metavar="SIZE",
        type=size,
        help="{field} As 512Mi, 2G or in bytes.",
    )
    group.add_argument(
        "--deadline", dest="limits.deadline_seconds", metavar="TIME", type=seconds, help="{field} As 90, 90s, 5m or 1h."
    )
    group.add_argument(
        "--element-deadline",
        dest="operations.gltf.element_deadline_seconds",
        metavar="TIME",
        type=seconds,
        help="{field}",
    )


def _add_display(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("display")
    group.add_argument(
        "--json",
        action="store_true",
        default=False,
        help="Print one report per file to standard output, each as one line of JSON.",
    )
    group.add_argument("--quiet", action="store_true", default=False, help="Print errors only.")


def _add_field(group: argparse._ArgumentGroup, flag: str, dest: str, metavar: str, text: str = "{field}") -> None:
    group.add_argument(flag, dest=dest, metavar=metavar, help=text)


def _add_list(group: argparse._ArgumentGroup, flag: str, dest: str, metavar: str, text: str) -> None:
    group.add_argument(flag, dest=dest, metavar=metavar, action="extend", type=_value(_entries), help=text)


def _entries(text: str) -> list[str]:
    """Return the entries of a comma-separated list, or of a file named as `@FILE`, one per line."""
    if text.startswith("@"):
        return [line.strip() for line in Path(text[1:]).read_text("utf-8").splitlines() if line.strip()]
    entries = [entry.strip() for entry in next(csv.reader([text], skipinitialspace=True), [])]
    if not all(entries) or not entries:
        raise ValueError(f"{text!r} has an empty entry")
    return entries


def _value(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """Show the converter's message in usage errors; argparse hides that of ValueError."""

    def converted(text: str) -> Any:
        try:
            return convert(text)
        except (ValueError, OSError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return converted
