"""`ifcjob completion`: print the completion script of a shell."""

import argparse
import os

from ifcjob_cli.options.parser import Commands

EPILOG = """\
examples:
  ifcjob completion bash > ~/.local/share/bash-completion/completions/ifcjob
  ifcjob completion zsh > ~/.zsh/completions/_ifcjob
  ifcjob completion fish > ~/.config/fish/completions/ifcjob.fish
"""


def add(commands: Commands) -> None:
    """Add the command."""
    completion = commands.add_parser(
        "completion",
        help="print the completion script of a shell",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    completion.add_argument("shell", choices=["bash", "zsh", "fish", "tcsh"], help="the shell")
    completion.set_defaults(execute=_execute)


def _execute(arguments: argparse.Namespace) -> int:
    import shtab  # only this command needs it

    from ifcjob_cli.arguments import parser

    print(shtab.complete(parser(), arguments.shell))
    return os.EX_OK
