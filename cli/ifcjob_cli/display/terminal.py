"""Display on a terminal: bars for the files that run, one line per finished file, tables at the end."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from ifcjob_cli import units
from ifcjob_cli.display import details, summary
from ifcjob_cli.display.file_bars import FileBars
from ifcjob_cli.display.results import FileResult
from ifcjob_runner.progress.observer import Observer, SilentObserver


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
        self._finished = 0
        self._bars: Progress | None = None
        self._whole: TaskID | None = None
        """The bar of all files, once several have run at a time; the bars then stay until the end."""
        self._files: dict[int, FileBars] = {}

    def on_file_started(self, name: str, number: int, count: int, *, alone: bool = True) -> Observer:
        """Show a bar for the file; beside others, below one for all files."""
        self._count = count
        if self._quiet:
            return SilentObserver()
        if self._bars is None:
            self._bars = self._new_bars()
            self._bars.start()
            if not alone:
                self._whole = self._bars.add_task(f"{count} files", total=count, done="")
        title = f"[{number}/{count}] {name}" if count > 1 else name
        bars = self._files[number] = FileBars(self._bars, escape(title), with_stages=alone)
        self._show_count()
        return bars

    def _new_bars(self) -> Progress:
        # No refresh thread: bars are redrawn on each progress event.
        return Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", max_width=32)),
            BarColumn(bar_width=None, complete_style="cyan", pulse_style="cyan", table_column=Column(ratio=1)),
            TextColumn("{task.fields[done]}", justify="right", table_column=Column(no_wrap=True, min_width=13)),
            _Seconds(table_column=Column(no_wrap=True, min_width=7)),
            console=self._console,
            auto_refresh=False,
            transient=True,
            expand=True,
        )

    def _show_count(self) -> None:
        if self._bars is not None:
            if self._whole is not None:
                done = f"{self._finished} / {self._count}"
                self._bars.update(self._whole, completed=self._finished, done=done)
            self._bars.refresh()

    def on_file_postponed(self, number: int) -> None:
        """Remove the file's bars."""
        self._remove_bars(number)

    def _remove_bars(self, number: int) -> None:
        if (bars := self._files.pop(number, None)) is not None:
            bars.remove()
        if not self._files and self._whole is None:
            self._end_bars()

    def _end_bars(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = self._whole = None

    def on_file_finished(self, number: int, result: FileResult) -> None:
        """Replace the bars of the file by its result."""
        self._finished += 1
        self._remove_bars(number)
        if result.report.failure:
            self._console.print(summary.failure(result, self._log()))
        elif not self._quiet and (self._count > 1 or result.is_existing):
            self._console.print(summary.line(result))
            if self._verbose and not result.is_existing:
                self._console.print(details.details(result, verbose=True))
        self._show_count()

    def on_end(self, results: list[FileResult], count: int) -> None:
        """Show the summary: one row per file, and all details if there is only one file."""
        self._end_bars()
        if self._quiet or not self._summary or not results:
            return
        if not all(result.is_existing for result in results):
            self._console.print(summary.table(results, self._console.width))
        if count == 1 and not results[0].is_existing:
            self._console.print(details.details(results[0], verbose=self._verbose))
        elif count > len(results):
            self._console.print(f"{count - len(results)} files were not started.", style="yellow")
