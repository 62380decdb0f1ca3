"""Law 16, checks agree: without models of records, the same is found as with them."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from benchmarks.spellings import Spelling
from bevparse import Limits, Response
from bevparse.endpoints import Expected
from bevparse.limits import DEFAULT_LIMITS
from bevparse.payloads.layout import records_of
from bevparse.reader import BodyReader
from bevparse.reader.events import Survey
from bevparse.sources import Source
from bevparse.validate.consistency import inconsistencies
from bevparse.validate.content import Content, surveyed
from bevparse.validate.cross_checks import facts_of
from bevparse.validate.profile import profile_of

from ..readers import assert_columns_agree
from .spelled import BLOCKS, LIMITS, MODELS, in_each_spelling, planted, regular

NAME = "5.body"


def assert_checks_agree(
    body: bytes, model: type[Response], format: str, *, size: int, limits: Limits = DEFAULT_LIMITS
) -> None:
    """Check a body with and without models."""
    expected = Expected((model,), format)
    survey = BodyReader(body, expected, limits, block_size=size).survey()
    with_models = BodyReader(body, expected, limits, lanes=False).inspect()
    found, content = survey.found, surveyed(survey)
    content_with_models = surveyed(Survey(with_models, None))

    assert (found.problems, found.rejected) == (with_models.problems, with_models.rejected)
    assert (found.format, found.endpoint) == (with_models.format, with_models.endpoint)
    assert findings(content) == findings(content_with_models)
    if survey.records is not None:
        assert_columns_agree(survey.records, records_of(with_models.response))


def findings(content: Content | None) -> tuple[object, ...]:
    profile = profile_of(content, 1, 1)
    if content is None:
        return (profile,)
    return profile, [*inconsistencies(content, now=2e9)], [*facts_of(Source(NAME), content, "json")]


@in_each_spelling(blocks=BLOCKS, limits=LIMITS)
def test_checks_agree_on_each_spelling(
    spelling: Spelling, data: st.DataObject, blocks: int, limits: Limits, random: Random
) -> None:
    array = data.draw(st.sampled_from(spelling.arrays))
    body = spelling.body(planted(random, array, regular(random, array)), array)
    size = max(40, len(body) // blocks)

    for asked in (MODELS[array], Response):
        assert_checks_agree(body, asked, spelling.format, size=size, limits=limits)
