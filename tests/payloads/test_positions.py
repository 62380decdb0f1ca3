"""Where problems are reported: the pointer, the line and the column of what each is about."""

from __future__ import annotations

import pytest

from bevparse import CompletedResponse, ListResponse, inspect
from bevparse.models import Response


@pytest.mark.parametrize(
    ("body", "model", "expected"),
    [
        (b'{"response":{"id":5,"error":null}}', Response, [("BEV306", "/response/error", 1, 21)]),
        (
            b'{"response":{"data":[],"error":"","total":0}}',
            Response,
            [("BEV316", "/response", 1, 2), ("BEV306", "/response/error", 1, 24)],
        ),
        (
            b"<response><data><id>1</id></data><data><id>2</id></data></response>",
            ListResponse,
            [("BEV316", "/response", 1, 1), ("BEV317", "/response", 1, 34)],
        ),
        (b"ID\n1\n2\n", Response, [("BEV216", "/response", 1, 1)]),
        (b"Email Address,Result\na@b.example,ok\n", CompletedResponse, [("BEV316", "/response", 1, 1)]),
        (b"Error,Code\na,403\nb,404\n", Response, [("BEV214", "/response", 3, 1)]),
        (
            b"Error,Code\na,x y z\nb,404\n",
            Response,
            [("BEV310", "/response/code", 2, 3), ("BEV214", "/response", 3, 1)],
        ),
        (
            b"ID,Current Page,Total\n1,zz,2\n",
            ListResponse,
            [("BEV316", "/response", 1, 1), ("BEV204", "/response/current_page", 2, 3)],
        ),
    ],
)
def test_problem_is_reported_at_what_it_is_about(
    body: bytes, model: type[Response], expected: list[tuple[str, str, int, int]]
) -> None:
    found = inspect(body, model).problems

    assert [(problem.code, problem.pointer, problem.line, problem.column) for problem in found] == expected
