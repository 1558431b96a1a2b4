"""Hubs on each store."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import uhub

# What fails prints how to try it again, and is to be kept as an example. No limit of time: machines differ.
settings.register_profile("uhub", print_blob=True, deadline=None)
settings.load_profile("uhub")

STORES = ("memory", "sqlite", "postgres")


def database(kind: str, directory: Path) -> dict[str, Any]:
    """The options of an empty database."""
    if kind == "memory":
        return {"url": "memory", "data_dir": directory}
    if kind == "sqlite":
        return {"url": f"sqlite:///{directory}/{uuid.uuid4().hex}.db", "data_dir": directory}
    schema = f"py_{uuid.uuid4().hex}"
    return {"url": os.environ["UHUB_TEST_POSTGRES"], "database_schema": schema, "data_dir": directory}


@pytest.fixture(params=STORES)
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[uhub.Hub]:
    with uhub.Hub.open(**database(request.param, tmp_path)) as opened:
        yield opened
