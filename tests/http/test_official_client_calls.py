"""The vendor's client calls a fake service, and bevparse reads the bodies."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import bulkemailverifier as official
import pytest

import bevparse
import bevparse.endpoints
from bevparse import ApiError, CompletedResponse, CreateResponse, ErrorResponse, ListResponse, StatusResponse
from bevparse.testing import FakeService, Reply

from ..documented import DOCUMENTED
from .test_official_client import KEY, assert_same_records, assert_same_requests


@pytest.fixture(autouse=True)
def _their_use_of_utcfromtimestamp() -> Iterator[None]:
    """Ignore the client's use of dates that Python 3.12 deprecates."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "datetime.datetime.utcfromtimestamp", DeprecationWarning)
        yield


def fetch_raw(client: official.Client, endpoint: str, format: str) -> str:
    asking = {
        "create": lambda: client.create_request_raw(emails=["a@x.example"], output_format=format),
        "list": lambda: client.get_requests_raw(page=1, only_ids=False, per_page=10, sort="desc", output_format=format),
        "status": lambda: client.get_status_raw(request_ids=[544, 596], output_format=format),
        "completed": lambda: client.get_records_raw(request_id=5, output_format=format),
        "failed": lambda: client.get_records_raw(request_id=5, return_failed=True, output_format=format),
    }
    return asking[endpoint]()


ASKED = [
    *((endpoint, format) for endpoint in DOCUMENTED for format in ("json", "xml")),
    ("completed", "csv"),
    ("failed", "csv"),
]


@pytest.mark.parametrize(("endpoint", "format"), ASKED)
def test_bodies_of_the_raw_methods_are_read(endpoint: str, format: str, service: FakeService) -> None:
    expected = bevparse.parse(DOCUMENTED[endpoint])
    service.next(expected)

    raw = fetch_raw(official.Client(KEY, base_url=service.url), endpoint, format)

    assert bevparse.detect(raw).format == format
    assert bevparse.parse(raw, bevparse.endpoints.MODELS[endpoint], format=format) == expected


@pytest.mark.parametrize("endpoint", ["create", "list", "status"])
def test_client_refuses_csv_for_endpoints_that_have_it(endpoint: str) -> None:
    client = official.Client(KEY, base_url="http://127.0.0.1:9")

    with pytest.raises(official.ParameterError, match="Response format must be json or xml"):
        fetch_raw(client, endpoint, "csv")


def test_parsing_methods_of_the_client_agree_with_bevparse(service: FakeService) -> None:
    service.next(*(bevparse.parse(DOCUMENTED[name]) for name in ("create", "list", "status", "completed")))
    client = official.Client(KEY, base_url=service.url)

    created = client.create_request(emails=["a@x.example"])
    listed = client.get_requests(page=1, per_page=10, sort="desc")
    status = client.get_status(request_ids=[544, 596])
    completed = client.get_records(request_id=5)

    assert bevparse.parse(DOCUMENTED["create"], CreateResponse).id == created
    assert_same_requests(listed.data, bevparse.parse(DOCUMENTED["list"], ListResponse).requests)
    assert_same_requests(status.data, bevparse.parse(DOCUMENTED["status"], StatusResponse).requests)
    assert_same_records(completed.data, bevparse.parse(DOCUMENTED["completed"], CompletedResponse).records)


@pytest.mark.parametrize("endpoint", DOCUMENTED)
@pytest.mark.parametrize("format", ["json", "xml"])
@pytest.mark.parametrize(
    ("status", "exception"),
    [
        (400, official.BadRequestError),
        (401, official.ApiAuthError),
        (402, official.ApiAuthError),
        (403, official.ApiAuthError),
        (422, official.BadRequestError),
        (500, official.HttpApiError),
    ],
)
def test_bodies_of_exceptions_of_the_client_are_read(
    endpoint: str,
    format: str,
    status: int,
    exception: type[official.BulkEmailVerificationApiError],
    service: FakeService,
) -> None:
    reply = ErrorResponse(errors=("one", "two"))
    service.next(Reply(bevparse.dump(reply, format=format), status))

    with pytest.raises(exception) as caught:
        fetch_raw(official.Client(KEY, base_url=service.url), endpoint, format)

    with pytest.raises(ApiError, match="one; two") as raised:
        bevparse.parse(caught.value.message, bevparse.endpoints.MODELS[endpoint], format=format)

    assert raised.value.response == reply


def test_client_creates_polls_and_reads_a_request(service: FakeService) -> None:
    client = official.Client(KEY, base_url=service.url)
    service.polls = 1

    created = client.create_request(emails=["a@x.example", "foo"])
    states = [client.get_status(request_ids=[created]).data[0].ready for _ in range(2)]
    records = client.get_records(request_id=created).data
    failed = client.get_records(request_id=created, return_failed=True).data
    listed = client.get_requests().data

    assert states == [False, True]
    assert [(one.email_address, one.result) for one in records] == [("a@x.example", "ok")]
    assert [(one.email_address, one.error) for one in failed] == [("foo", "Invalid format")]
    assert [one.id for one in listed] == [created]
    with pytest.raises(official.BadRequestError, match="The selected id is invalid"):
        client.get_records(request_id=created + 1)
