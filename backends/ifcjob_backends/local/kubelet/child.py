"""Prepares this process for a run, then becomes it: `python -I -S child.py PARENT CGROUP COMMAND…`.

A program of its own because code between fork and exec is not safe in a process with threads. Standard library only.
"""

import os
import signal
import sys

NICENESS = 5
"""The API answers first when runs use all CPUs."""
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Join the cgroup (`-` for none), arrange to die with the parent, and execute the command."""
    parent, cgroup, *command = sys.argv[1:]
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - slow, and not needed elsewhere

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):  # it has ended before this
        sys.exit(os.EX_TEMPFAIL)
    if cgroup != "-":
        with open(os.path.join(cgroup, "cgroup.procs"), "w", encoding="ascii") as procs:  # noqa: PTH118, PTH123 - pathlib takes milliseconds to import
            procs.write(str(os.getpid()))
    os.nice(NICENESS)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
