"""The base class of what clients send."""

from pydantic import ConfigDict

from ifcjob.base_type import ContractType


class RequestType(ContractType):
    """A body or a set of parameters; unknown fields are refused, because they are mistakes."""

    # FastAPI silences a warning of pydantic about its own parameters only while it builds them.
    model_config = ConfigDict(extra="forbid", defer_build=False)
