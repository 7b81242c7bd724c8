"""The data child after the engine has died in one: reads in forked processes, and leaves out lines that kill one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import read_through
from ifcjob_runner.processes.retries import LINE_SECONDS, Retries
from ifcjob_runner.processes.roles.data import data

if TYPE_CHECKING:
    from ifcjob_runner.processes.messages import DataRole, WriteArtifacts
    from ifcjob_runner.processes.roles.run_role import Channel


def data_by_line(channel: Channel[WriteArtifacts], role: DataRole) -> None:
    """Do the data child's work; for each lost line, all that was read before is read again."""
    retries = Retries(Path(role["folder"]) / "data.beat", LINE_SECONDS)

    def work() -> None:
        read_through(retries.read)
        retries.watching = True
        data(channel, role, on_read=retries.stop_watching)

    retries.run(work)
