"""The numbers that renumbered instances have in the user's file."""

from collections.abc import Callable

from ifcjob_runner.data.document import FileFacts, SpatialTree


def original_id_of(facts: FileFacts) -> Callable[[int], int]:
    """Return a function from the number of an instance to the number in the user's file."""
    originals = facts.get("originalIds")
    if not originals:
        return int
    first = facts["firstNewId"]

    def original_id(number: int) -> int:
        return originals[number - first] if 0 <= number - first < len(originals) else number

    return original_id


def with_original_ids(tree: SpatialTree, original_id: Callable[[int], int]) -> SpatialTree:
    """Return a copy of the tree with the numbers of the user's file; the tree itself when they are the same."""
    if original_id is int:
        return tree
    root = None if tree["root"] is None else tree["root"].copy()
    orphans = [node.copy() for node in tree["orphans"]]
    pending = [*([] if root is None else [root]), *orphans]
    while pending:
        node = pending.pop()
        node["stepId"] = original_id(node["stepId"])
        node["elements"] = [child.copy() for child in node["elements"]]
        pending.extend(node["elements"])
        if "children" in node:
            node["children"] = [child.copy() for child in node["children"]]
            pending.extend(node["children"])
    return {"root": root, "orphans": orphans}
