"""Names of new IfcJobs: readable, valid and different."""

from __future__ import annotations

import re

import pytest

from ifcjob.http.job_requests import JOB_NAME_PATTERN, job_name_for


@pytest.mark.parametrize(
    ("file_name", "begin"),
    [
        ("house.ifc", "house-"),
        ("Haus Süd (V2).IFC.gz", "haus-s-d-v2-"),
        ("модель.ifc", "ifc-"),
        ("-.ifc", "ifc-"),
        (None, "ifc-"),
        (f"{'a' * 39}-b.ifczip", f"{'a' * 39}-"),
    ],
)
def test_a_job_is_named_after_its_file(file_name: str | None, begin: str) -> None:
    name = job_name_for(file_name)
    assert name.startswith(begin)
    assert re.fullmatch(JOB_NAME_PATTERN, name)
    assert len(name) <= 52
    assert name != job_name_for(file_name)
