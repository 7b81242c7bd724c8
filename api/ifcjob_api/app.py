"""The FastAPI application: its routes, its errors and its OpenAPI document."""

from fastapi import FastAPI

from ifcjob import __version__
from ifcjob_api import problems
from ifcjob_api.services import Services

PREFIX = "/api/v1"


def create_app(services: Services) -> FastAPI:
    """Return the application that serves these parts."""
    app = FastAPI(
        title="ifcjob",
        version=__version__,
        summary="IFC in; metadata, spatial tree, properties and GLB out.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=f"{PREFIX}/docs",
        redoc_url=None,
    )
    app.state.services = services
    problems.install(app)
    return app
