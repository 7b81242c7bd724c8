"""Findings about a STEP file that was rewritten before the engines read it."""

from collections.abc import Iterable
from itertools import islice

from ifcjob.file_format.step_schema import SchemaChoice
from ifcjob.manifest import Finding
from ifcjob_runner.input.repair.rewrite import Rewritten
from ifcjob_runner.input.repair.survey import Loss, Survey
from ifcjob_runner.input.repair.texts import Texts

_LISTED = 20
_LISTED_PAGES = 2
_MAX_GLOBAL_IDS = 100
_PAGE_NAMES = {
    "utf-8": "UTF-8",
    "cp1252": "Latin-1 (Windows code page 1252)",
    "euc_jp": "EUC-JP",
    "iso8859_2": "ISO 8859-2",
    "iso8859_5": "ISO 8859-5",
    "koi8_r": "KOI8-R",
    "mac_cyrillic": "Mac Cyrillic",
    "cp932": "Shift-JIS (Windows code page 932)",
    "mac_roman": "Mac Roman",
    "gb18030": "GB 18030",
}


def code_page_finding(pages: list[str], count: int) -> Finding:
    """Report text in 8 bits: the code page that it is read in, and others that fit nearly as well."""
    name, *others = map(_page_name, pages[: _LISTED_PAGES + 1])
    message = f"{count} bytes of text are not STEP's \\X2\\…\\X0\\ escapes; they are read as {name}."
    if others:
        message += (
            f" They may be in {' or '.join(others)}: when names look wrong, write the code page into FILE_DESCRIPTION,"
            f" such as 'charset: {pages[1].removeprefix('cp')}'."
        )
    return Finding(code="NonAsciiText", message=message, count=count)


def _page_name(page: str) -> str:
    return _PAGE_NAMES.get(page) or f"code page {page.removeprefix('cp')}"


def header_finding(problems: list[str]) -> Finding:
    """Report deviations of the header."""
    return Finding(code="NonStandardHeader", message=f"The header was corrected: {'; '.join(problems)}")


def schema_finding(choice: SchemaChoice, survey: Survey) -> Finding:
    """Report a schema that is read as another one, and what that costs."""
    message = f"The schema {choice.written[:100]!r} is read as {choice.engine}"
    if survey.mapped:
        message += f"; mapped to classes of {choice.engine}: {_counted(survey.mapped)}"
    if survey.dropped:
        message += f"; left out, because {choice.engine} lacks them: {_counted(survey.dropped)}"
    if survey.dropped_values:
        message += f"; values left out: {_counted(survey.dropped_values)}"
    severity = "error" if survey.dropped or survey.dropped_values else "info" if choice.is_same else "warning"
    count = survey.dropped.total() + survey.dropped_values.total() or 1
    ids = list(dict.fromkeys(loss.global_id for loss in survey.dropped_lines if loss.global_id))[:_MAX_GLOBAL_IDS]
    return Finding(code="NonStandardSchema", severity=severity, message=message, count=count, global_ids=ids)


def rewriting_findings(result: Rewritten) -> list[Finding]:
    """Report lost statements and values, comments without an end, zero bytes in texts, and new numbers."""
    losses = result.survey.losses
    findings = []
    if lost := [loss for loss in losses if loss.values is None]:
        message = f"{len(lost)} statements cannot be read and are lost: {_listed(map(_described, lost))}"
        if result.spoiled:
            message += f"; {result.spoiled} shapes or placements need them and are not drawn"
        findings.append(_error("UnreadableLine", message, lost))
    if values := [loss for loss in losses if loss.values is not None]:
        message = f"Values in {len(values)} statements cannot be read and are lost: {_listed(map(_described, values))}"
        findings.append(_error("UnreadableValue", message, values))
    if lines := result.unclosed_comments:
        places = _listed(f"line {line}" for line in lines)
        message = f"{len(lines)} comments have no end; each is read as the rest of its line: {places}"
        findings.append(Finding(code="UnclosedComment", severity="error", message=message, count=len(lines)))
    if lines := result.texts.zero_bytes:
        message = f"Zero bytes were removed from texts: {_listed(f'line {line}' for line in dict.fromkeys(lines))}"
        findings.append(Finding(code="ZeroBytesInText", severity="error", message=message, count=len(lines)))
    if lines := sorted(result.numbers.lines):
        message = (
            f"{len(lines)} statements have numbers like .5 or 1.D0; they are read as what they mean{_lines(lines)}"
        )
        findings.append(Finding(code="NonStandardNumber", severity="info", message=message, count=len(lines)))
    findings.extend(_escape_findings(result.texts))
    if ids := result.original_ids:
        kept = [number for new, number in enumerate(ids, result.first_new_id) if number != new]
        example = f", such as #{kept[0]}" if kept else ""
        message = f"{len(ids)} instances have numbers above 2147483647{example}; the artifacts keep them"
        if len(kept) < len(ids):
            message += f", except for {len(ids) - len(kept)} above 9223372036854775807, which have new numbers"
        findings.append(Finding(code="LargeInstanceNumbers", severity="info", message=message, count=len(ids)))
    return findings


def _escape_findings(texts: Texts) -> list[Finding]:
    findings = []
    if count := len(texts.escapes) + texts.quotes:
        message = f"{count} escapes are surrogate pairs, unfinished, a backslash alone, or a quote behind \\S\\"
        message += f"; they are read as what they mean{_lines(texts.escapes)}"
        findings.append(Finding(code="NonStandardEscape", severity="info", message=message, count=count))
    if lines := texts.cut:
        message = f"{len(lines)} texts have parts of UTF-8 characters, which are read as U+FFFD{_lines(lines)}"
        findings.append(Finding(code="CutCharacter", severity="error", message=message, count=len(lines)))
    if lines := texts.unreadable:
        message = f"{len(lines)} escapes are of no character; their digits are kept, or they are read as U+FFFD"
        findings.append(
            Finding(code="UnreadableEscape", severity="error", message=message + _lines(lines), count=len(lines))
        )
    return findings


def _lines(lines: list[int]) -> str:
    return ": " + _listed(f"line {line}" for line in dict.fromkeys(lines)) if lines else ""


def _error(code: str, message: str, losses: list[Loss]) -> Finding:
    ids = list(dict.fromkeys(loss.global_id for loss in losses if loss.global_id))
    return Finding(code=code, severity="error", message=message, global_ids=ids[:_MAX_GLOBAL_IDS], count=len(losses))


def _described(loss: Loss) -> str:
    name = f" (#{loss.number}={loss.ifc_class})" if loss.number else ""
    return f"line {loss.line}{name}: {loss.problem}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))


def _listed(texts: Iterable[str]) -> str:
    items = list(islice(texts, _LISTED + 1))
    return "; ".join(items[:_LISTED]) + ("; …" if len(items) > _LISTED else "")
