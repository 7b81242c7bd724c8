"""The FastAPI application: its routes, its errors and its OpenAPI document."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ifcjob import __version__
from ifcjob_api import backend_problems, documentation, metrics, openapi, problems
from ifcjob_api.middleware.install import install_middleware
from ifcjob_api.resources import (
    artifacts,
    events,
    health,
    history,
    job_actions,
    job_reports,
    jobs,
    me,
    model_columns,
    models,
    queues,
    search,
    search_exports,
    uploads,
)
from ifcjob_api.services import Services
from ifcjob_api.uploads import expiry
from ifcjob_backends.tasks import end_tasks

PREFIX = "/api/v1"
ROUTERS = (
    *(jobs.router, job_actions.router, job_reports.router, queues.router, history.router, events.router, me.router),
    *(models.router, model_columns.router, search.router, search_exports.router),
    uploads.router,
    artifacts.router,
)


def create_app(services: Services) -> FastAPI:
    """Return the application that serves these parts."""
    app = FastAPI(
        title="ifcjob",
        version=__version__,
        summary="IFC in; metadata, spatial tree, properties and GLB out.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_with_background_tasks,
        # Fields with defaults are optional in answers too: Kubernetes leaves out what is unset.
        separate_input_output_schemas=False,
    )
    app.state.services = services
    problems.install(app)
    backend_problems.install(app)
    install_middleware(app, services)
    metrics.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.include_router(health.router)
    documentation.install(app)
    openapi.install(app)
    return app


@asynccontextmanager
async def _with_background_tasks(app: FastAPI) -> AsyncIterator[None]:
    """Keep the live state current, and abort expired uploads, while the application runs."""
    services: Services = app.state.services
    tasks = (
        asyncio.create_task(services.live.run(services.kubernetes, services.settings.namespaces)),
        asyncio.create_task(expiry.run(services.uploads)),
    )
    try:
        yield
    finally:
        await end_tasks(tasks)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
        if (opened := getattr(app.state, "models", None)) is not None:
            opened.engine.close()
