"""The vendor's client calls a loopback server, and bevparse reads the bodies."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import bulkemailverifier as official
import pytest

import bevparse
import bevparse.endpoints
from bevparse import ApiError, CompletedResponse, CreateResponse, ErrorResponse, ListResponse, StatusResponse

from ..loopback import BASE_PATH, DOCUMENTED, Answer, documented_answer, serving
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
def test_bodies_of_its_raw_methods_are_read(endpoint: str, format: str) -> None:
    with serving(documented_answer) as server:
        raw = fetch_raw(official.Client(KEY, base_url=server + BASE_PATH), endpoint, format)

    assert bevparse.detect(raw).format == format
    assert bevparse.parse(raw, bevparse.endpoints.MODELS[endpoint], format=format) == bevparse.parse(
        DOCUMENTED[endpoint]
    )


@pytest.mark.parametrize("endpoint", ["create", "list", "status"])
def test_it_refuses_csv_for_endpoints_that_have_it(endpoint: str) -> None:
    client = official.Client(KEY, base_url="http://127.0.0.1:9" + BASE_PATH)

    with pytest.raises(official.ParameterError, match="Response format must be json or xml"):
        fetch_raw(client, endpoint, "csv")


def test_its_parsing_methods_and_bevparse_agree_over_the_wire() -> None:
    with serving(documented_answer) as server:
        client = official.Client(KEY, base_url=server + BASE_PATH)
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
def test_the_bodies_of_its_exceptions_are_read(
    endpoint: str, format: str, status: int, exception: type[official.BulkEmailVerificationApiError]
) -> None:
    reply = ErrorResponse(errors=("one", "two"))
    answer = Answer(bevparse.dump(reply, format=format), status=status)
    with serving(answer) as server, pytest.raises(exception) as caught:
        fetch_raw(official.Client(KEY, base_url=server + BASE_PATH), endpoint, format)

    with pytest.raises(ApiError, match="one; two") as raised:
        bevparse.parse(caught.value.message, bevparse.endpoints.MODELS[endpoint], format=format)

    assert raised.value.response == reply
