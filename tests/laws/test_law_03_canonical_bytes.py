"""Law 3, canonical bytes: a parsed dump is dumped to the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import dump, parse

from .oracle import CARRIED, FORMATS


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_parsed_dump_is_dumped_to_the_same_bytes(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])
    body = dump(model, format=format)

    again = dump(parse(body, type(model)), format=format)

    assert again == body


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_equal_models_have_equal_dumps(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])
    copy = type(model).model_validate(model.model_dump())

    assert dump(copy, format=format) == dump(model, format=format)
