"""The CPUs and the memory that the files of a command share."""

import argparse

from ifcjob_cli.run.admission import Machine
from ifcjob_runner.processes.cgroup import available_cpus, available_memory, memory_in_use, memory_limit


def machine_for(arguments: argparse.Namespace, pids: list[int]) -> Machine:
    """Return what all files together may use, without what the processes of the command itself hold."""
    cpus = available_cpus()
    workers = int(getattr(arguments, "limits.workers", 0)) or None
    limits = [limit for limit in (getattr(arguments, "limits.memory_bytes", None), memory_limit()) if limit]
    available = available_memory()
    limit = min([*limits, *([available] if available else [])], default=None)
    memory = None if limit is None else max(0, limit - memory_in_use(pids).pinned)
    at_once = arguments.parallel or max(1, cpus // (workers or 1))
    return Machine(cpus, memory, bool(limits), at_once, requested_workers=workers)
