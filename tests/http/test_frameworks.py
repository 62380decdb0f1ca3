"""Responses of urllib3 and of the test clients of web frameworks, and models in a real FastAPI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import fastapi
import flask
import httpx
import pytest
import urllib3
import werkzeug.test
import werkzeug.wrappers
from pydantic import BaseModel

import bevparse
from bevparse import AnyResponse, ApiError, CompletedResponse, DecodeError, StatusResponse
from bevparse.testing import FakeService

from ..documented import DOCUMENTED

PATH = "/api/bevService/request/status"
ERROR = b'{"response":{"error":"Insufficient balance"}}'


def asked(app: fastapi.FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    """Return the response of an application, as the test clients of Starlette and FastAPI do."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.example") as client:
            return await client.request(method, path, **options)

    return asyncio.run(ask())


# Test clients


def test_response_of_flask_is_read() -> None:
    app = flask.Flask(__name__)
    app.add_url_rule(PATH, view_func=lambda: flask.Response(DOCUMENTED["status"], mimetype="application/json"))

    response = app.test_client().get(PATH)

    assert bevparse.parse_http(response) == bevparse.parse(DOCUMENTED["status"])
    assert bevparse.parse_http(response, StatusResponse) == bevparse.parse(DOCUMENTED["status"])


def test_response_of_werkzeug_is_read() -> None:
    client = werkzeug.test.Client(werkzeug.wrappers.Response(ERROR, mimetype="application/json"))

    with pytest.raises(ApiError, match="Insufficient balance"):
        bevparse.parse_http(client.post(PATH))
    with pytest.raises(DecodeError) as caught:
        bevparse.parse_http(werkzeug.test.Client(werkzeug.wrappers.Response(b"")).get(PATH))
    assert caught.value.problem.code == "BEV101"


def test_response_of_starlette_is_read() -> None:
    app = fastapi.FastAPI()
    app.add_api_route(PATH, lambda: fastapi.Response(DOCUMENTED["status"], media_type="application/json"))

    assert bevparse.parse_http(asked(app, "GET", PATH)) == bevparse.parse(DOCUMENTED["status"])


# urllib3


def test_preloaded_response_of_urllib3_is_read(service: FakeService) -> None:
    service.next(STATUS)

    response = urllib3.request("POST", f"{service.url}/request/status", json={})

    assert bevparse.parse_http(response) == bevparse.parse(DOCUMENTED["status"])


def test_response_of_urllib3_that_was_not_loaded_is_read(service: FakeService) -> None:
    service.next(STATUS)

    with urllib3.PoolManager() as pool:
        url = f"{service.url}/request/status"
        response = pool.request("POST", url, json={}, preload_content=False)

        assert bevparse.parse_http(response) == bevparse.parse(DOCUMENTED["status"])


def test_response_of_urllib3_that_was_consumed_is_a_type_error(service: FakeService) -> None:
    service.next(STATUS)

    with urllib3.PoolManager() as pool:
        url = f"{service.url}/request/status"
        response = pool.request("POST", url, json={}, preload_content=False)
        response.read()

        with pytest.raises(TypeError, match="has been read already"):
            bevparse.parse_http(response)


def test_stream_of_httpx_that_was_not_read_is_a_type_error() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=_Stream())

    client = httpx.Client(transport=httpx.MockTransport(answer))

    with (
        client.stream("GET", f"https://a.example{PATH}") as response,
        pytest.raises(TypeError, match=r"response body has not been read; call response\.read\(\)"),
    ):
        bevparse.parse_http(response)
    with client.stream("GET", f"https://a.example{PATH}") as response:
        assert list(bevparse.iter_records(response.iter_bytes(), bevparse.BulkRequest))


class _Stream(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield DOCUMENTED["status"]


# A FastAPI application


class Job(BaseModel):
    """A model that contains a response."""

    name: str
    answer: AnyResponse
    history: list[StatusResponse] = []


def application() -> fastapi.FastAPI:
    app = fastapi.FastAPI()

    @app.get("/status")
    def status() -> StatusResponse:
        return bevparse.parse(DOCUMENTED["status"], StatusResponse)

    @app.post("/completed")
    def completed(answer: CompletedResponse) -> CompletedResponse:
        return answer

    @app.post("/any")
    def any_response(answer: AnyResponse) -> AnyResponse:
        return answer

    @app.post("/job")
    def job(job: Job) -> Job:
        return job

    return app


@pytest.fixture(scope="module")
def app() -> fastapi.FastAPI:
    return application()


STATUS = bevparse.parse(DOCUMENTED["status"], StatusResponse)
COMPLETED = bevparse.parse(DOCUMENTED["completed"], CompletedResponse)


def test_application_returns_a_model_that_is_validated_again(app: fastapi.FastAPI) -> None:
    response = asked(app, "GET", "/status")

    assert StatusResponse.model_validate(response.json()) == STATUS
    assert StatusResponse.model_validate_json(response.content) == STATUS


def test_application_accepts_what_a_model_dumps(app: fastapi.FastAPI) -> None:
    response = asked(app, "POST", "/completed", json=COMPLETED.model_dump(mode="json"))

    assert response.status_code == 200
    assert CompletedResponse.model_validate(response.json()) == COMPLETED


@pytest.mark.parametrize("model", [STATUS, COMPLETED], ids=lambda model: model.endpoint)
def test_application_accepts_any_response_by_its_endpoint(app: fastapi.FastAPI, model: bevparse.Response) -> None:
    response = asked(app, "POST", "/any", content=model.model_dump_json(), headers={"content-type": "application/json"})

    assert type(model).model_validate(response.json()) == model


def test_application_accepts_a_model_that_contains_responses(app: fastapi.FastAPI) -> None:
    job = Job(name="n", answer=COMPLETED, history=[STATUS])

    response = asked(app, "POST", "/job", json=job.model_dump(mode="json"))

    assert Job.model_validate(response.json()) == job


@pytest.mark.parametrize("path", ["/completed", "/any"])
@pytest.mark.parametrize(
    "body", [DOCUMENTED["completed"], DOCUMENTED["status"], ERROR], ids=["completed", "status", "error"]
)
def test_application_refuses_response_bodies(app: fastapi.FastAPI, path: str, body: bytes) -> None:
    response = asked(app, "POST", path, content=body, headers={"content-type": "application/json"})

    assert response.status_code == 422
    assert "bevparse.parse_object" in response.text


@pytest.mark.parametrize("value", [{"hello": "world"}, {"endpoint": "completed"}, [], {"endpoint": "failed"}])
@pytest.mark.parametrize("path", ["/completed", "/any", "/job"])
def test_application_refuses_other_documents(app: fastapi.FastAPI, path: str, value: object) -> None:
    assert asked(app, "POST", path, json=value).status_code == 422


_EMBEDDINGS: list[tuple[Any, Callable[[object], object]]] = [
    (AnyResponse, lambda value: value),
    (AnyResponse | None, lambda value: value),
    (Annotated[AnyResponse, fastapi.Body()], lambda value: value),
    (Annotated[AnyResponse, fastapi.Body(embed=True)], lambda value: {"answer": value}),
    (list[AnyResponse], lambda value: [value]),
    (Job, lambda value: {"name": "n", "answer": value}),
]


@pytest.mark.parametrize("value", [{"hello": "world"}, {"endpoint": "stat"}, {"response": []}], ids=str)
@pytest.mark.parametrize(
    ("annotation", "embedded"), _EMBEDDINGS, ids=["plain", "optional", "body", "embedded", "list", "model"]
)
def test_application_names_the_functions_for_a_value_without_endpoint(
    annotation: object, embedded: Callable[[object], object], value: object
) -> None:
    def route(answer: object) -> None: ...

    route.__annotations__["answer"] = annotation
    app = fastapi.FastAPI()
    app.add_api_route("/", route, methods=["POST"])

    response = asked(app, "POST", "/", json=embedded(value))

    assert response.status_code == 422
    assert "(create, list, status, completed, failed, error)" in response.text
    assert "bevparse.parse_object" in response.text


def test_application_has_a_schema(app: fastapi.FastAPI) -> None:
    schema = asked(app, "GET", "/openapi.json").json()

    assert {"StatusResponse", "CompletedResponse", "EmailRecord-Output"} & schema["components"]["schemas"].keys()
    assert schema["components"]["schemas"]["CompletedResponse"]["required"] == ["records"]


# A task queue


def test_model_goes_through_a_queue_of_json() -> None:
    """Celery sends the arguments and results of tasks as JSON."""
    sent = json.dumps({"task": "check", "args": [STATUS.model_dump(mode="json")], "kwargs": {}})

    (argument,) = json.loads(sent)["args"]
    returned = json.loads(json.dumps(StatusResponse.model_validate(argument).model_dump(mode="json")))

    assert StatusResponse.model_validate(returned) == STATUS
