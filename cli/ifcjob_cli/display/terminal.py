"""Display on a terminal: one bar per stage during a run, one line per finished file, tables at the end."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from ifcjob.report import Progress as RunProgress
from ifcjob_cli import units
from ifcjob_cli.display import details, summary
from ifcjob_cli.display.results import FileResult


class _Seconds(ProgressColumn):
    """Duration of a stage, so far or in total."""

    def render(self, task: Task) -> Text:
        seconds = task.fields.get("seconds") or task.elapsed or 0.0
        return Text(units.time_text(seconds), style="dim", justify="right")


class Terminal:
    """A Display on a terminal."""

    def __init__(
        self,
        *,
        log: Callable[[], Path | None],
        quiet: bool,
        summary: bool,
        verbose: bool = False,
        console: Console | None = None,
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._log, self._quiet, self._summary, self._verbose = log, quiet, summary, verbose
        self._count = 1
        self._bars: Progress | None = None
        self._whole: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}

    def on_file_started(self, name: str, number: int, count: int) -> None:
        """Show one bar for the whole file."""
        self._count = count
        if self._quiet:
            return
        # No refresh thread: bars are redrawn on each progress event.
        self._bars = Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", max_width=32)),
            BarColumn(bar_width=None, complete_style="cyan", pulse_style="cyan", table_column=Column(ratio=1)),
            TextColumn("{task.fields[done]}", justify="right", table_column=Column(no_wrap=True, min_width=13)),
            _Seconds(table_column=Column(no_wrap=True, min_width=7)),
            console=self._console,
            auto_refresh=False,
            transient=True,
            expand=True,
        )
        self._tasks = {}
        self._bars.start()
        title = f"[{number}/{count}] {name}" if count > 1 else name
        self._whole = self._bars.add_task(escape(title), total=100, done="0 %")
        self._bars.refresh()

    def on_stage_started(self, stage: str) -> None:
        """Add a bar for the stage; it pulses until the number of elements is known."""
        if self._bars:
            self._tasks[stage] = self._bars.add_task(f"  {_words(stage)}", total=None, done="")
            self._bars.refresh()

    def on_progress(self, progress: RunProgress) -> None:
        """Update the bars and the elapsed times."""
        if not self._bars or self._whole is None:
            return
        self._bars.update(self._whole, completed=progress.percent, done=f"{progress.percent:.0f} %")
        task = self._tasks.get(progress.stage)
        if task is not None and progress.elements_total:
            counts = progress.elements_done, progress.elements_total
            done = " / ".join(map(units.size_text if progress.stage == "fetch" else units.number_text, counts))
            self._bars.update(task, completed=counts[0], total=counts[1], done=done)
        self._bars.refresh()

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Fill the stage's bar."""
        task = self._tasks.get(stage)
        if self._bars and task is not None:
            total = self._bars.tasks[self._bars.task_ids.index(task)].total or 1
            self._bars.update(task, completed=total, total=total, seconds=seconds)
            self._bars.refresh()

    def on_file_finished(self, result: FileResult) -> None:
        """Replace the bars by the result of the file."""
        if self._bars:
            self._bars.stop()
            self._bars = None
        if result.report.failure:
            self._console.print(summary.failure(result, self._log()))
        elif not self._quiet and (self._count > 1 or result.is_existing):
            self._console.print(summary.line(result))
            if self._verbose and not result.is_existing:
                self._console.print(details.details(result, verbose=True))

    def on_end(self, results: list[FileResult], count: int) -> None:
        """Show the summary: one row per file, and all details if there is only one file."""
        if self._quiet or not self._summary:
            return
        if not all(result.is_existing for result in results):
            self._console.print(summary.table(results, self._console.width))
        if count == 1 and not results[0].is_existing:
            self._console.print(details.details(results[0], verbose=self._verbose))
        elif count > len(results):
            self._console.print(f"{count - len(results)} files were not started.", style="yellow")


def _words(stage: str) -> str:
    return stage.replace("_", " ")
