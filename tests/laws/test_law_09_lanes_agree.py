"""Law 9, lanes agree: where a lane answers, its answer is the tolerant reader's, which has nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bevparse
from bevparse import CompletedResponse, FailedResponse, Limits, Response, StatusResponse
from bevparse.endpoints import open_payload, read
from bevparse.errors import DecodeError
from bevparse.formats import xml
from bevparse.lanes import Lane, lane_of
from bevparse.lanes.xml import read_lane
from bevparse.limits import DEFAULT_LIMITS
from bevparse.shapes.findings import Findings
from bevparse.testing import completed_responses, failed_responses, status_responses

FOLDER = Path(__file__).parent.parent.parent / "fixtures"
FIXTURES = sorted(FOLDER.rglob("*.xml"))
ARRAYS = st.one_of(completed_responses(), failed_responses(), status_responses())
PIECES = (
    "<item>", "</item>", "<result>ok</result>", "<smtpCheck>true</smtpCheck>", "<error/>", "<id>5</id>", "<id/>",
    "&amp;", "<!---->",
    "<![CDATA[x]]>", "<?x?>", "]]>", "\r", "\x01", "\ufffe", " ", "\n", "null", "maybe", ">", "<", "05",
    "<mxRecord/>", "<mxRecords/>", "<x>1</x>", "<result>new</result>", '<item key="0">', "é",
)  # fmt: skip


def tolerant(data: bytes | str, model: type[Response], limits: Limits = DEFAULT_LIMITS) -> Response | None:
    """Read without a lane; None where there is anything to say."""
    findings = Findings(limits.problems)
    try:
        document = xml.decode(data, limits)
    except DecodeError:
        return None
    payload = open_payload(document.root, "text", findings)
    assert payload is not None
    answer = read(payload, "text", None if model is Response else model, findings)
    return None if findings.found or document.problems else answer.response


def assert_agrees(lane: Lane, data: bytes | str, model: type[Response], limits: Limits = DEFAULT_LIMITS) -> bool:
    """Compare the two where the lane answers; tell whether it did."""
    answer = lane(data, model, limits)
    if answer is None:
        return False
    expected = tolerant(data, model, limits)
    assert answer == expected
    assert expected is not None
    assert answer.model_dump() == expected.model_dump()
    assert list(answer.__dict__) == list(expected.__dict__)
    return True


def mutated(body: str, random: Random) -> str:
    """Put a piece somewhere, drop or double a stretch, or change a character."""
    start, end = sorted((random.randrange(len(body)), random.randrange(len(body))))
    piece = random.choice(PIECES)
    change: Callable[[], str] = random.choice(
        (
            lambda: body[:start] + piece + body[start:],
            lambda: body[:start] + body[min(end, start + 30) :],
            lambda: body[:end] + body[start:],
            lambda: body[:start] + chr(random.randrange(1, 0x250)) + body[start + 1 :],
        )
    )
    return change()


@given(model=ARRAYS)
def test_a_lane_agrees_on_canonical_bodies(model: Response) -> None:
    body = bevparse.dump(model, format="xml") if _carried(model) else b"<xml><response/></xml>"

    for asked in (type(model), Response):
        assert_agrees(read_lane, body, asked)
        assert_agrees(read_lane, body.decode(), asked)


def _carried(model: Response) -> bool:
    try:
        bevparse.dump(model, format="xml")
    except bevparse.EncodeError:
        return False
    return True


@given(model=ARRAYS.filter(_carried), random=st.randoms(use_true_random=False))
def test_a_lane_agrees_on_mutated_bodies(model: Response, random: Random) -> None:
    body = bevparse.dump(model, format="xml").decode()

    for _ in range(20):
        changed = mutated(body, random)
        for asked in (type(model), Response):
            assert_agrees(read_lane, changed, asked)


@pytest.mark.parametrize(
    "limits", [Limits(depth=4), Limits(records=1), Limits(string=20), Limits(problems=1)], ids=repr
)
def test_a_lane_agrees_under_other_limits(limits: Limits) -> None:
    for path in FIXTURES:
        for asked in (CompletedResponse, FailedResponse, StatusResponse, Response):
            assert_agrees(read_lane, path.read_bytes(), asked, limits)


def test_a_lane_agrees_on_every_fixture_and_answers_the_canonical_ones() -> None:
    answered = {
        str(path.relative_to(FOLDER)) for path in FIXTURES if assert_agrees(read_lane, path.read_bytes(), Response)
    }

    assert {"completed/documented.xml", "failed/documented.xml", "status/documented.xml"} <= answered


def test_the_law_can_fail() -> None:
    body = (FOLDER / "completed" / "documented.xml").read_bytes()

    def faulty(data: bytes | str, model: type[Response], limits: Limits) -> Response | None:
        answer = read_lane(data, model, limits)
        assert isinstance(answer, CompletedResponse)
        return answer.model_copy(update={"records": answer.records[:-1]})

    with pytest.raises(AssertionError):
        assert_agrees(faulty, body, CompletedResponse)


def test_a_lane_leaves_what_it_cannot_answer_to_the_tolerant_reader() -> None:
    body = b'<?xml version="1.0" encoding="utf-8"?>\n<xml><response><item><id>5</id></item></response></xml>'

    assert read_lane(body, StatusResponse, DEFAULT_LIMITS) == bevparse.parse(body, StatusResponse)
    assert read_lane(body, FailedResponse, DEFAULT_LIMITS) is None
    assert read_lane(body, bevparse.CreateResponse, DEFAULT_LIMITS) is None
    assert read_lane(body.replace(b"5", b"\xff"), StatusResponse, DEFAULT_LIMITS) is None
    assert read_lane(body.replace(b"5", b"null"), StatusResponse, DEFAULT_LIMITS) is None
    assert read_lane(body.replace(b"<id>5</id>", b"<id/>"), StatusResponse, DEFAULT_LIMITS) is None
    assert read_lane(body.decode().replace("5", "\udc80"), StatusResponse, DEFAULT_LIMITS) is None


def test_a_format_that_takes_the_place_of_another_has_no_lane() -> None:
    class Other:
        name = "xml"

    assert lane_of(xml) is read_lane
    assert lane_of(Other()) is None  # type: ignore[arg-type]
