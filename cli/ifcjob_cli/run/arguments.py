"""The arguments of `ifcjob run` and their help."""

import argparse

from ifcjob_cli import units
from ifcjob_cli.options.parser import Commands, Formatter, add_field, add_list, value

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
  ifcjob run s3://models/2024/ https://example.com/house.ifc -o s3://artifacts/2024
  ifcjob run models/ --formats csv,sqlite --skip-existing
  ifcjob run models/ --dry-run
  curl -s https://example.com/house.ifc.gz | ifcjob run - --name house.ifc

lists:
  Separate entries with commas, or repeat the option; @FILE reads entries from a file, one per line.
  Put an entry that contains a comma in double quotes: --storeys '"Level 1, north",Roof'

S3:
  Configured as for other S3 tools, by AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION,
  AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL; or ~/.aws/credentials with AWS_PROFILE.

exit code:
  0 if all files have their artifacts, else the code of the first failure: see docs/reference/failure-reasons.md.
"""


def add(commands: Commands) -> None:
    """Add the command."""
    run = commands.add_parser(
        "run",
        help="turn IFC files into artifacts, one folder per file",
        usage="ifcjob run SOURCE… [-o DEST] [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Formatter,
        allow_abbrev=False,  # new options could make abbreviations ambiguous
        argument_default=argparse.SUPPRESS,
    )
    _add_files(run)
    _add_skipping(run)
    add_job_options(run)
    _add_limits(run)
    _add_display(run)
    run.set_defaults(execute=_execute)


def add_job_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what a job makes, for `run` and `submit`."""
    for add in (_add_operations, _add_selection, _add_shape):
        add(parser)


def _execute(arguments: argparse.Namespace) -> int:
    from ifcjob_cli.run.start import run  # slow imports only after parsing

    return run(arguments)


def _add_files(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("inputs and outputs")
    group.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="A file, a folder (all .ifc, .ifczip and .ifc.gz files below it), a glob such as 'models/**/*.ifc', "
        "s3://bucket/key[?versionId=…], s3://bucket/prefix/, an http(s) URL, or - for standard input. A zip or gzip is "
        "recognized by its content.",
    )
    group.add_argument(
        "-o",
        "--output",
        metavar="DEST",
        default="ifcjob-out",
        help="Parent of the artifact folders: a folder, or s3://bucket/prefix (default: ifcjob-out). Artifacts of an "
        "earlier run are replaced. Example: -o s3://artifacts/2024 writes s3://artifacts/2024/house/model.glb.",
    )
    group.add_argument(
        "--name",
        dest="source.name",
        metavar="NAME",
        help="Name of the file, for the output folder and metadata.json; for standard input or a URL without a name. "
        "Only with one file. Example: ifcjob run - --name house.ifc < export.tmp",
    )
    group.add_argument(
        "--sha256", dest="source.sha256", metavar="HEX", type=str.lower, help="{field} Only with one file."
    )
    group.add_argument(
        "--max-bytes",
        dest="source.max_bytes",
        metavar="SIZE",
        type=value(units.bytes_of),
        help="{field} As 500M or 8Gi.",
    )
    group.add_argument("--strict-schema", dest="source.strict_schema", action="store_true", help="{field}")


def _add_skipping(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("runs")
    group.add_argument(
        "--parallel",
        metavar="N",
        type=value(units.count_of),
        default=None,
        help="Run at most N files at the same time. Default: one per CPU (with --workers W: one per W CPUs), as far as "
        "memory allows. Small files run side by side; big files, and URLs of unknown size, then run alone with all "
        "CPUs. The summary, the reports of --json and the exit code have the order of the command line.",
    )
    group.add_argument(
        "--skip-existing",
        action="store_true",
        default=False,
        help="Skip a file if its output folder has complete artifacts of the same content (by SHA-256), with the same "
        "options, by the same version. Run the same command again after an interruption to continue.",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        default=False,
        help="Show the size, schema, operations, output folder and expected memory of each file, and write nothing. "
        "Add --json for a line of JSON per file.",
    )


def _add_operations(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("operations")
    add_list(
        group,
        "--only",
        "only",
        "NAME,…",
        "Run only these operations: metadata, spatial-tree, properties, gltf (default: all four). manifest.json is "
        "always written.",
    )
    add_list(
        group,
        "--formats",
        "operations.properties.formats",
        "FORMAT,…",
        "{field} Example: --formats csv,sqlite writes elements.csv, properties.csv and model.sqlite.",
    )
    add_field(group, "--compression", "operations.gltf.compression", "none|quantize|meshopt")
    add_field(group, "--names", "operations.gltf.names", "globalId|name")
    add_field(group, "--extras", "operations.gltf.extras", "ids|properties")
    add_field(group, "--coverage-minimum", "coverage.minimum", "SHARE", "{field} Between 0 and 1.")
    add_field(group, "--on-shortfall", "coverage.on_shortfall", "Degrade|Fail")


def _add_selection(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("elements in the GLB")
    add_list(group, "--include-classes", "operations.gltf.include_classes", "CLASS,…", "{field}")
    add_list(group, "--exclude-classes", "operations.gltf.exclude_classes", "CLASS,…", "{field}")
    add_list(group, "--include-global-ids", "operations.gltf.include_global_ids", "ID,…", "{field}")
    add_list(group, "--exclude-global-ids", "operations.gltf.exclude_global_ids", "ID,…", "{field}")
    add_list(group, "--storeys", "operations.gltf.storeys", "STOREY,…", "{field}")
    add_field(group, "--spaces", "operations.gltf.spaces", "hide|show")
    add_list(group, "--contexts", "operations.gltf.contexts", "CONTEXT,…", "{field}")


def _add_shape(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("geometry")
    add_field(group, "--linear-deflection", "operations.gltf.linear_deflection", "METRES")
    add_field(group, "--angular-deflection", "operations.gltf.angular_deflection", "RADIANS")
    add_field(group, "--normals", "operations.gltf.normals", "none|flat|smooth")
    add_field(
        group,
        "--origin",
        "operations.gltf.origin",
        "auto|none|X,Y,Z",
        "Origin shift: auto shifts models that are far from the origin, none never shifts, X,Y,Z (metres, Z up) "
        "becomes the GLB's origin; write --origin=-5,0,0 if the first number is negative. Default: auto.",
    )


def _add_limits(run: argparse.ArgumentParser) -> None:
    group = run.add_argument_group("limits per file")
    seconds, size = value(units.seconds_of), value(units.bytes_of)
    add_field(group, "--workers", "limits.workers", "N")
    group.add_argument(
        "--memory-limit",
        dest="limits.memory_bytes",
        metavar="SIZE",
        type=size,
        help="{field} Files that run side by side share it. As 512Mi, 2G or in bytes.",
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
    amount = group.add_mutually_exclusive_group()
    amount.add_argument("--quiet", action="store_true", default=False, help="Print errors only.")
    amount.add_argument(
        "--verbose",
        action="store_true",
        default=False,
        help="Show all findings and elements of each file, and log the start and progress of each stage.",
    )
    group.add_argument(
        "--log-format",
        choices=("text", "json"),
        default=None,
        help="Write log lines to standard error in this format, also on a terminal instead of progress bars. Default "
        "without a terminal: json. Example: ifcjob run models/ --log-format text 2> run.log",
    )
