"""Start of `ifcjob run`: prepare the engine process for the operations, then import the rest."""

import argparse
import gc
import os

from ifcjob_runner.processes import engine_process


def run(arguments: argparse.Namespace) -> int:
    """Run all files of the command line and return the exit code."""
    only = getattr(arguments, "only", [])
    if only and "gltf" not in only:
        engine_process.prepare(engine_process.DATA_ONLY)
    os.environ["IFCJOB_BARE_TYPES"] = "1"  # ifcjob.base_type.BARE, which must not be imported before it is set
    gc.disable()  # imports create no garbage
    try:
        from ifcjob_cli.run import command

        gc.freeze()
        gc.enable()
        return command.run(arguments)
    finally:
        engine_process.stop()
