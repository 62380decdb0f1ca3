"""Models of a client that are made from models of bevparse."""

from __future__ import annotations

from bevparse import BulkRequest, FailedEmail, FailedResponse, StatusResponse
from bevparse.payloads.derived import derived_of, plain
from bevparse.payloads.instances import build
from bevparse.problems.collector import Collector


class Own(StatusResponse):
    note: str = ""


class OwnEmail(FailedEmail):
    note: str = ""


def test_models_of_bevparse_are_not_derived() -> None:
    assert derived_of(StatusResponse) is None
    assert derived_of(BulkRequest) is None


def test_undocumented_field_with_the_name_of_an_attribute_is_kept() -> None:
    read = build(StatusResponse, {"endpoint": "status", "requests": ()}, {"requests": 1, "note": "a"})
    derived = derived_of(Own)
    assert derived is not None

    made = derived.make(read, Collector(5).cursor())

    assert isinstance(made, Own)
    assert (made.requests, made.note, made.model_extra) == ((), "a", {"requests": 1})


def test_model_of_bevparse_is_written_as_it_is() -> None:
    answer = FailedResponse(failures=(FailedEmail(email_address="a"),))

    assert plain(answer) is answer


def test_only_records_of_a_subclass_are_turned_back() -> None:
    ours = FailedEmail(email_address="a", x=1)  # type: ignore[call-arg]

    found = plain(FailedResponse(failures=(ours, OwnEmail(email_address="b", note="c"))))

    assert found.failures[0] is ours
    assert found.failures[1].model_extra == {"note": "c"}
    assert type(found.failures[1]) is FailedEmail
