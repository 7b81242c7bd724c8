"""The arguments of the commands that talk to a server, and their help."""

import argparse
from collections.abc import Callable

from ifcjob_cli import units
from ifcjob_cli.options.parser import Commands, Formatter, add_list, value
from ifcjob_cli.run.arguments import add_job_options

SERVER_HELP = """\
server:
  `ifcjob serve` on this machine (http://127.0.0.1:8080) by default; otherwise --server, IFCJOB_SERVER, or that of
  `ifcjob login`. The token comes from `ifcjob login`, or from IFCJOB_TOKEN.
"""
JOB_HELP = "name of the job, or the beginning of the newest one's, up to a hyphen"
PHASES = ("Queued", "Starting", "Running", "Succeeded", "Failed", "Cancelled", "Suspended")


def add(commands: Commands) -> None:
    """Add the commands."""
    for add_command in (_add_submit, _add_lists, _add_follow, _add_download, _add_actions, _add_search, _add_login):
        add_command(commands)


def command(
    commands: Commands,
    name: str,
    module: str,
    function: str,
    text: str,
    examples: str,
    argument_default: str | None = None,
) -> argparse.ArgumentParser:
    """Add a command that calls `function` of a module of this folder, imported only then."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=f"examples:\n{examples}\n{SERVER_HELP}",
        formatter_class=Formatter,
        allow_abbrev=False,
        argument_default=argument_default,
    )
    parser.add_argument("--server", default=None, metavar="URL", help="address of the API")
    parser.add_argument("-n", "--namespace", default="default", help="namespace of the jobs (default: default)")
    parser.set_defaults(execute=_executed(module, function))
    return parser


def _executed(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    def execute(arguments: argparse.Namespace) -> int:
        from importlib import import_module  # slow imports only after parsing

        from ifcjob_cli.remote.server import run_command

        return run_command(getattr(import_module(f"ifcjob_cli.remote.{module}"), function), arguments)

    return execute


def _add_submit(commands: Commands) -> None:
    submit = command(
        commands,
        "submit",
        "submit",
        "submit",
        "upload files, and create a job for each",
        "  ifcjob submit house.ifc --wait\n  ifcjob submit models/ --label project=7 --priority 10\n"
        "  ifcjob submit s3://models/house.ifc --only metadata,properties\n",
        argparse.SUPPRESS,
    )
    submit.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a file, a folder, a glob, s3://bucket/key in a bucket that the server allows, or an http(s) URL",
    )
    submit.add_argument(
        "--wait", action="store_true", default=False, help="wait until the jobs have finished; exit as `ifcjob wait`"
    )
    submit.add_argument("--again", action="store_true", default=False, help="run also content that has been processed")
    submit.add_argument("--queue", default="default", help="queue that admits the jobs (default: default)")
    submit.add_argument("--priority", type=int, default=0, help="jobs with a higher priority start first (default: 0)")
    submit.add_argument("--memory", default=None, metavar="SIZE", help="memory limit, such as 8Gi (default: estimated)")
    submit.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="label of the jobs")
    add_job_options(submit)


def _add_lists(commands: Commands) -> None:
    listed = command(
        commands,
        "jobs",
        "lists",
        "list_jobs",
        "list jobs",
        "  ifcjob jobs --phase Failed,Running\n  ifcjob jobs --text house --watch\n"
        "  ifcjob jobs -o json | jq .[].name\n",
    )
    add_list(listed, "--phase", "phase", "PHASE,…", f"only jobs in these phases: {', '.join(PHASES)}")
    listed.add_argument("--queue", help="only jobs of this queue")
    listed.add_argument("--label", action="append", metavar="NAME=VALUE", help="only jobs with this label")
    listed.add_argument("--text", metavar="WORDS", help="words in name, file, owner, labels or message")
    listed.add_argument(
        "--sort",
        default="createdAt",
        choices=["createdAt", "startedAt", "finishedAt", "name", "phase", "priority", "queue"],
        help="field to sort by, the greatest first (default: createdAt)",
    )
    listed.add_argument("-w", "--watch", action="store_true", help="list again every two seconds, until Ctrl-C")
    listed.add_argument("-o", "--output", choices=["table", "json", "yaml"], default="table", help="form of the output")
    listed.set_defaults(phase=[], label=[])
    got = command(
        commands,
        "get",
        "lists",
        "get_job",
        "show a job: phase, attempts, result or failure",
        "  ifcjob get house\n  ifcjob get house -o manifest | kubectl apply -f -\n",
    )
    got.add_argument("name", metavar="JOB", help=JOB_HELP)
    got.add_argument(
        "-o",
        "--output",
        choices=["table", "json", "yaml", "manifest"],
        default="table",
        help="form of the output; manifest: YAML for kubectl",
    )


def _add_download(commands: Commands) -> None:
    download = command(
        commands,
        "download",
        "download",
        "download",
        "download the artifacts of a job",
        "  ifcjob download house -o house\n  ifcjob download house --only model.glb,metadata.json\n",
    )
    download.add_argument("name", metavar="JOB", help=JOB_HELP)
    download.add_argument("-o", "--output", metavar="DIR", help="folder (default: the job's name)")
    add_list(download, "--only", "only", "NAME,…", "only these files")
    download.set_defaults(only=[])


def _add_follow(commands: Commands) -> None:
    waiting = command(
        commands,
        "wait",
        "follow",
        "wait",
        "wait until jobs have finished",
        "  ifcjob wait house && ifcjob get house\n\n"
        "exit code:\n  0 if all succeeded, else that of the first failure.\n",
    )
    waiting.add_argument("names", nargs="+", metavar="JOB")
    waiting.add_argument("--timeout", type=value(units.seconds_of), metavar="TIME", help="give up after 90s, 10m or 2h")
    log = command(commands, "logs", "follow", "logs", "print the log of a job", "  ifcjob logs house --follow\n")
    log.add_argument("name", metavar="JOB", help=JOB_HELP)
    log.add_argument("-f", "--follow", action="store_true", help="continue until the job has finished")
    log.add_argument("--attempt", type=int, metavar="N", help="number of the attempt (default: the last)")
    log.add_argument("--tail", type=int, metavar="LINES", help="only the last lines")


def _add_actions(commands: Commands) -> None:
    for name, text in (
        ("cancel", "stop jobs permanently"),
        ("suspend", "keep jobs from starting, and stop running ones"),
        ("resume", "let suspended jobs start"),
        ("delete", "delete jobs; artifacts and history stay"),
    ):
        parser = command(commands, name, "actions", "act", text, f"  ifcjob {name} house garage\n")
        parser.add_argument("names", nargs="+", metavar="JOB")
    again = command(
        commands,
        "retry",
        "actions",
        "retry",
        "run finished jobs again, as new jobs",
        "  ifcjob retry house --memory 8Gi\n",
    )
    again.add_argument("names", nargs="+", metavar="JOB")
    again.add_argument("--memory", metavar="SIZE", help="memory limit of the new job, such as 8Gi (default: as before)")


def _add_search(commands: Commands) -> None:
    elements = command(
        commands,
        "search",
        "search",
        "search",
        "search elements over all models",
        "  ifcjob search --class IfcDoor --property 'Pset_DoorCommon.FireRating<90'\n"
        "  ifcjob search --text entrance\n"
        "  ifcjob search --class IfcWall --count-by storeyName,Pset_WallCommon.IsExternal\n",
    )
    add_list(elements, "--class", "ifc_class", "CLASS,…", "IFC classes, with their subclasses")
    add_list(elements, "--name", "element_name", "TEXT,…", "parts of the element's name")
    add_list(elements, "--text", "text", "TEXT,…", "parts of name, ObjectType or Tag, or a GlobalId")
    add_list(elements, "--storey", "storey", "STOREY,…", "names or GlobalIds of storeys")
    add_list(elements, "--material", "material", "TEXT,…", "parts of the names of materials")
    add_list(elements, "--classification", "classification", "TEXT,…", "parts of classifications")
    elements.add_argument(
        "--property",
        action="append",
        metavar="CONDITION",
        help="[Set.]Name with =, !=, <, <=, >, >= or contains and a value, or exists; repeat it for more conditions",
    )
    add_list(elements, "--count-by", "count_by", "NAME,…", "count elements by columns or properties instead")
    elements.add_argument("--limit", type=int, default=100, metavar="N", help="most elements to show (default: 100)")
    elements.add_argument(
        "-o", "--output", choices=["table", "json", "yaml"], default="table", help="form of the output"
    )
    lists = ("ifc_class", "element_name", "text", "storey", "material", "classification", "count_by", "property")
    elements.set_defaults(**{name: [] for name in lists})


def _add_login(commands: Commands) -> None:
    login = command(
        commands,
        "login",
        "login.command",
        "login",
        "choose a server, and log in at its OIDC issuer",
        "  ifcjob login --server https://bim.example.com --issuer https://login.example.com/realms/bim\n",
    )
    login.add_argument("--issuer", metavar="URL", help="OIDC issuer with the device flow; without it, no token is used")
    login.add_argument("--client-id", default="ifcjob", help="client of the issuer (default: ifcjob)")
    command(commands, "logout", "login.command", "logout", "forget the server and the tokens", "  ifcjob logout\n")
    opened = command(
        commands, "open", "open_page", "open_job", "open the model of a job in the browser", "  ifcjob open house\n"
    )
    opened.add_argument("name", metavar="JOB", help=JOB_HELP)
