"""Law 5, detection: the format of a dump is detected, and its endpoint if only one fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bevparse import PayloadError, Response, detect, dump, parse

from .facets import records_of
from .oracle import CARRIED, FORMATS, facts


def _fits_several(model: Response, format: str) -> bool:
    """Return whether a body is an empty array, whose endpoint only the header of a table shows."""
    return format != "csv" and model.endpoint != "list" and records_of(model) == ()


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_format_and_endpoint_of_dump_are_detected(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])

    found = detect(dump(model, format=format))

    assert found.format == format
    assert found.endpoint == (None if _fits_several(model, format) else model.endpoint)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
def test_dump_is_parsed_without_its_endpoint(format: str, data: st.DataObject) -> None:
    model = data.draw(CARRIED[format])
    body = dump(model, format=format)

    if _fits_several(model, format):
        with pytest.raises(PayloadError, match="status or completed or failed"):
            parse(body)
    else:
        assert facts(parse(body)) == facts(model)
