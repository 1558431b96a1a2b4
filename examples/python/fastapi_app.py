"""A FastAPI application with a hub inside, and its own users: `uvicorn fastapi_app:app`.

The application knows who calls (here by a header that its proxy sets); the hub knows what they may do.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse

import uhub


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with await uhub.AsyncHub.open(os.environ.get("PLAN_DATABASE", "memory")) as hub:
        await hub.import_demo()
        await hub.start_worker()
        app.state.hub = hub
        yield


app = FastAPI(lifespan=lifespan)


async def session(request: Request, x_user: Annotated[str, Header()]) -> uhub.AsyncSession:
    """Whoever the application says calls, as a user of the hub."""
    hub: uhub.AsyncHub = request.app.state.hub
    return await hub.as_user(x_user)


Caller = Annotated[uhub.AsyncSession, Depends(session)]


@app.exception_handler(uhub.UHubError)
async def refused(_request: Request, error: Exception) -> JSONResponse:
    """Says what the hub said."""
    assert isinstance(error, uhub.UHubError)
    return JSONResponse({"detail": str(error), "rule": error.rule}, error.status or 503)


@app.get("/conflicts")
async def conflicts(caller: Caller, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """What collides."""
    return [asdict(group) for group in await caller.conflicts(start, end)]


@app.post("/jobs/{job_id}/move")
async def move(caller: Caller, job_id: str, start: datetime) -> dict[str, Any]:
    """Moves a job, or says who has to agree."""
    outcome = await caller.move_job(job_id, start)
    if isinstance(outcome, uhub.Waiting):
        return {"waits_for": outcome.approval.id}
    return {"moved": True, "collides_with": [other.title for other in outcome.conflicts]}
