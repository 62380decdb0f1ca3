"""The entry point for Hypothesis, so that `st.from_type(StatusResponse)` draws models. Importing Hypothesis runs it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

from hypothesis import strategies as st
from pydantic import BaseModel

from .endpoints import MODELS, RESPONSES
from .models import Response

__all__ = ["register"]

_STRATEGIES: Final = "bevparse.testing.strategies"


def register() -> None:
    """Register the strategies of `bevparse.testing` for all models."""
    models: tuple[type[BaseModel], ...] = (Response, *MODELS.values(), *RESPONSES)
    for model in models:
        st.register_type_strategy(model, _strategy)


def _strategy(model: type[BaseModel]) -> st.SearchStrategy[BaseModel]:
    strategies = import_module(_STRATEGIES)  # when it is needed: every import of Hypothesis runs this module
    strategy_of = cast("Callable[[type[BaseModel]], st.SearchStrategy[BaseModel]]", strategies.strategy_of)
    return strategy_of(model)
