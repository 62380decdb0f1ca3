"""Law 6, truncation: a strict prefix of a JSON or XML dump always raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import DecodeError, Response, dump, parse

from .oracle import CARRIED


@pytest.mark.parametrize("format", ["json", "xml"])
@given(data=st.data())
def test_truncated_body_is_refused(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])
    body = dump(model, format=format)
    prefix = body[: data.draw(st.integers(0, len(body) - 1))]

    for asked in (type(model), Response):
        for declared in (format, None):
            with pytest.raises(DecodeError):
                parse(prefix, asked, format=declared)


@pytest.mark.parametrize("format", ["json", "xml"])
@given(data=st.data())
def test_every_prefix_of_a_small_body_is_refused(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])
    body = dump(model, format=format)[:300]

    for end in range(len(body)):
        with pytest.raises(DecodeError):
            parse(body[:end], type(model))
