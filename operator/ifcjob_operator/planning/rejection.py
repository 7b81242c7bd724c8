"""Why a pod or a Job was not created: which ResourceQuota or LimitRange rejects it, and what helps."""

import re
from typing import NamedTuple

from ifcjob_operator.planning.status_draft import ConditionReason

_QUOTA = re.compile(r"(?:exceeded|failed) quota: (?P<name>[^,:]+)[,:] (?P<detail>.*)", re.DOTALL)
_LIMIT_RANGE = re.compile(r"(?:maximum|minimum) \S+ usage per \w+|max limit to request ratio per \w+")
_REJECTED = re.compile(r'^(?:Error creating: )?\S+ "[^"]*" is forbidden: ')


class Wait(NamedTuple):
    """Why no container runs yet: reason and message of the condition Running, and what helps."""

    reason: ConditionReason
    message: str = ""
    hint: str = ""

    @property
    def text(self) -> str:
        """Return message and hint."""
        return f"{self.message}. {self.hint}" if self.hint else self.message


def explain_rejection(error: str) -> Wait:
    """Explain the API server's error for a pod or a Job.

    The name of the pod is left out: it differs at each try, and would make each a change of the status.
    """
    text = _REJECTED.sub("", error)
    if quota := _QUOTA.search(text):
        hint = "It is created when other pods end or the quota is raised, and costs no retry."
        return Wait(ConditionReason.QUOTA_EXCEEDED, f"ResourceQuota {quota['name']}: {quota['detail']}", hint)
    if _LIMIT_RANGE.search(text):
        hint = "Change the LimitRange or the defaults of runner pods, or create an IfcJob with other spec.resources."
        return Wait(ConditionReason.LIMIT_RANGE_VIOLATED, f"a LimitRange of the namespace: {text}", hint)
    return Wait(ConditionReason.POD_NOT_CREATED, text)
