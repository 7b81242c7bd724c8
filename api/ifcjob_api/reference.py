"""Write docs/reference/openapi.json, or with `--check` say that it differs from the code."""

import json
import sys
from collections.abc import Sequence
from typing import Any, cast

from ifcjob.reference.pages import write_pages
from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.app import create_app
from ifcjob_api.services import Services
from ifcjob_api.settings import ApiSettings


def openapi_document() -> str:
    """Return the OpenAPI document of all routes."""
    nothing = cast("Any", None)  # no request is handled
    services = Services(settings=ApiSettings(), kubernetes=nothing, store=nothing, access=OpenAccess())
    return json.dumps(create_app(services).openapi(), indent=1, ensure_ascii=False) + "\n"


PAGES = {"docs/reference/openapi.json": openapi_document}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 1 when `--check` finds a stale document."""
    return write_pages("ifcjob_api.reference", __doc__, PAGES, arguments)


if __name__ == "__main__":
    sys.exit(main())
