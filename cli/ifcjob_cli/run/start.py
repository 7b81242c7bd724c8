"""Start of `ifcjob run`: the engine process starts before the slow imports, and stops at the end."""

import argparse
import gc
import os

from ifcjob_runner.processes import engine_process


def run(arguments: argparse.Namespace) -> int:
    """Run all files of the command line and return the exit code."""
    if not arguments.dry_run:
        only = getattr(arguments, "only", [])
        # The engines load while the request is read.
        engine_process.start_early(data_only=bool(only) and "gltf" not in only)
    os.environ["IFCJOB_BARE_TYPES"] = "1"  # ifcjob.base_type.BARE, which must not be imported before it is set
    gc.disable()  # imports create no garbage
    try:
        from ifcjob_cli.run import command

        gc.enable()
        return command.run(arguments)
    finally:
        engine_process.stop()
