"""The bars of one file: one for the whole file and, if it runs alone, one per stage below it."""

from rich.progress import Progress, TaskID

from ifcjob.report import Progress as RunProgress
from ifcjob_cli import units


class FileBars:
    """An Observer that moves bars."""

    def __init__(self, bars: Progress, title: str, *, with_stages: bool) -> None:
        self._bars, self._with_stages = bars, with_stages
        self._stages: dict[str, TaskID] = {}
        self._whole = bars.add_task(title, total=100, done="0 %")
        bars.refresh()

    def on_stage_started(self, stage: str) -> None:
        """Add a bar for the stage; it pulses until the number of elements is known."""
        if self._with_stages:
            self._stages[stage] = self._bars.add_task(f"  {_words(stage)}", total=None, done="")
            self._bars.refresh()

    def on_progress(self, progress: RunProgress) -> None:
        """Update the bars and the elapsed times."""
        self._bars.update(self._whole, completed=progress.percent, done=f"{progress.percent:.0f} %")
        task = self._stages.get(progress.stage)
        if task is not None and progress.elements_total:
            counts = progress.elements_done, progress.elements_total
            done = " / ".join(map(units.size_text if progress.stage == "fetch" else units.number_text, counts))
            self._bars.update(task, completed=counts[0], total=counts[1], done=done)
        self._bars.refresh()

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Fill the stage's bar."""
        task = self._stages.get(stage)
        if task is not None:
            total = self._bars.tasks[self._bars.task_ids.index(task)].total or 1
            self._bars.update(task, completed=total, total=total, seconds=seconds)
            self._bars.refresh()

    def remove(self) -> None:
        """Remove all of them."""
        for task in (self._whole, *self._stages.values()):
            self._bars.remove_task(task)


def _words(stage: str) -> str:
    return stage.replace("_", " ")
