"""What all tables of cluster.toml share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answers(BaseModel):
    """A table of cluster.toml; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
