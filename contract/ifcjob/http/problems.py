"""Problems, as RFC 9457 defines them."""

from pydantic import BaseModel, Field


class FieldProblem(BaseModel):
    """One invalid field."""

    pointer: str = Field(description="JSON pointer into the request's body, or the parameter's name.")
    detail: str = Field(description="What is wrong with it.")


class ProblemDetails(BaseModel):
    """An error, as RFC 9457 defines it."""

    type: str = Field(default="about:blank", description="URI of the kind of problem.")
    title: str = Field(description="The kind of problem, in a few words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(default="", description="What happened, and what to do next.")
    instance: str = Field(default="", description="The path of the request.")
    code: str = Field(description="Stable code for programs.")
    retryable: bool = Field(default=False, description="Whether the same request may succeed later.")
    errors: list[FieldProblem] = Field(default_factory=list, description="The invalid fields.")
