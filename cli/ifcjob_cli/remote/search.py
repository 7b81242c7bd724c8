"""`ifcjob search`: elements over all models, and counts of them."""

import argparse
import os

from ifcjob.http.models import FoundElement
from ifcjob_cli.remote.output import plain, print_data, print_table
from ifcjob_cli.remote.server import connected
from ifcjob_client import models

COLUMNS = ("CLASS", "NAME", "STOREY", "VALUE", "GLOBAL ID", "JOB")


def search(arguments: argparse.Namespace) -> int:
    """Print the elements that meet all conditions."""
    filters = models.conditions(
        ifc_class=arguments.ifc_class,
        name=arguments.element_name,
        text=arguments.text,
        storey=arguments.storey,
        material=arguments.material,
        classification=arguments.classification,
        properties=arguments.property,
    )
    with connected(arguments) as client:
        if arguments.count_by:
            counted = client.run(models.search_counts(arguments.count_by, filters))
            if arguments.output != "table":
                print_data(counted.model_dump(mode="json", by_alias=True), arguments.output)
                return os.EX_OK
            for facet in counted.facets:
                rows = [(plain(value.label or value.value) or "(none)", str(value.count)) for value in facet.values]
                print_table((facet.by.upper(), "ELEMENTS"), rows, right=("ELEMENTS",))
            return os.EX_OK
        page = client.run(models.search(filters, limit=arguments.limit))
    if arguments.output != "table":
        print_data(page.model_dump(mode="json", by_alias=True, exclude_none=True), arguments.output)
        return os.EX_OK
    if page.items:
        print_table(COLUMNS, [_row(element) for element in page.items])
    more = "; there are more, raise --limit" if page.next_cursor else ""
    print(f"{len(page.items)} elements in {page.searched} of {page.models} models{more}")
    for model in page.skipped:
        print(f"not searched: {model.namespace}/{model.job}: {model.detail}")
    return os.EX_OK


def _row(element: FoundElement) -> tuple[str, ...]:
    values = ", ".join(f"{match.value} {match.unit or ''}".strip() for match in element.matches or ())
    return (
        element.ifc_class or "",
        plain(element.name),
        plain(element.storey_name),
        plain(values),
        element.global_id,
        f"{element.namespace}/{element.job}",
    )
