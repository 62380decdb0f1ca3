"""Law 2, formats agree: the three dumps of one model parse to equal models."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import lxml.etree
from hypothesis import given

from bevparse import Response, dump, parse, parse_object
from bevparse.testing import responses

from .oracle import FORMATS, facts


@given(responses(extras="text", kinds=("text", "table")))
def test_dumps_of_one_model_parse_to_equal_models(model: Response) -> None:
    bodies = [dump(model, format=format) for format in FORMATS]

    found = [parse(body, type(model)) for body in bodies]

    assert [facts(one) for one in found] == [facts(model)] * len(FORMATS)


@given(responses(extras="text", kinds=("text", "table")))
def test_conversion_through_all_formats_is_lossless(model: Response) -> None:
    found: Response = model

    for format in ("xml", "csv", "json"):
        found = parse(dump(found, format=format), type(model))

    assert facts(found) == facts(model)


@given(responses(extras="json", kinds=("typed",)))
def test_decoded_json_is_parsed_to_an_equal_model(model: Response) -> None:
    found = parse_object(json.loads(dump(model)), type(model))

    assert facts(found) == facts(model)


@given(responses(extras="json", kinds=("text",)))
def test_elements_of_a_dump_are_parsed_to_an_equal_model(model: Response) -> None:
    body = dump(model, format="xml")

    for parser in (ElementTree.fromstring, lxml.etree.fromstring):
        assert facts(parse_object(parser(body), type(model))) == facts(model)
