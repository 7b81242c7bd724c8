"""A STEP file around lines that a test writes by hand."""

_START = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('','',(''),(''),'','','');
FILE_SCHEMA(('{schema}'));
ENDSEC;
DATA;
"""
END = "ENDSEC;\nEND-ISO-10303-21;\n"


def file_with(lines: str, schema: str = "IFC4") -> str:
    """Return a file with these lines."""
    return f"{_START.format(schema=schema)}{lines}{END}"


def with_more(text: str, lines: str) -> str:
    """Return the text of a file with more lines at its end."""
    begin, end, rest = text.rpartition("ENDSEC;")
    return f"{begin}{lines}{end}{rest}"
