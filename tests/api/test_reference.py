"""The page of the API's settings lists each of them, with a sentence for users."""

from __future__ import annotations

from ifcjob_api.reference import SECTIONS, api_settings_page
from ifcjob_api.settings import ApiSettings


def test_every_setting_has_its_row_and_a_sentence() -> None:
    lines = api_settings_page().splitlines()
    for name in ApiSettings.model_fields:
        row = next(line for line in lines if line.startswith(f"| `IFCJOB_API_{name.upper()}` |"))
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 4
        assert cells[3].endswith(".")
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == [*dict.fromkeys(SECTIONS.values())]
