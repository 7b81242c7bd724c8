"""The headers of requests, as clients and proxies write them."""

from __future__ import annotations

import pytest

from ifcjob_api.request_headers import accepted_encodings, has_etag


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip, br", True),
        ("br, GZIP ; Q=0.5", True),
        ("gzip;q=1.0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("identity", False),
        ("", False),
        (None, False),
    ],
)
def test_gzip_is_accepted_unless_it_is_refused_or_not_named(header: str | None, *, accepted: bool) -> None:
    assert ("gzip" in accepted_encodings(header)) == accepted


@pytest.mark.parametrize(
    ("header", "has"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('"other", "abc"', True),
        ("*", True),
        ('"abcd"', False),
        ('"xabc"', False),
        ("", False),
        (None, False),
    ],
)
def test_etag_is_known_only_as_a_whole(header: str | None, *, has: bool) -> None:
    assert has_etag(header, '"abc"') == has
