"""Error replies of every shape: what is read of them, and what is reported where."""

from __future__ import annotations

import pytest

import bevparse
from bevparse import CreateResponse, ErrorResponse

Reports = list[tuple[str, str, int | None, int | None]]


def reports_of(found: bevparse.Inspection) -> Reports:
    return [(problem.code, problem.pointer, problem.line, problem.column) for problem in found.problems]


@pytest.mark.parametrize(
    ("body", "format", "texts", "code", "extra", "reports"),
    [
        pytest.param(
            '{"response":{"error":"a"},"code":402,"trace":"t"}', "json", ("a",), 402, {"trace": "t"},
            [("BEV307", "/code", 1, 27), ("BEV310", "/code", 1, 27), ("BEV307", "/trace", 1, 38)],
            id="code-next-to-response",
        ),
        pytest.param(
            '{"response":{"error":"a","code":"402","hint":"h"}}', "json", ("a",), 402, {"hint": "h"},
            [("BEV301", "/response/code", 1, 26), ("BEV307", "/response/hint", 1, 39)],
            id="code-as-text",
        ),
        pytest.param(
            '{"response":{"errors":["a",{"text":"b","n":7},null,["c"]]}}', "json", ("a", "b", "7", "c"), None, {},
            [
                ("BEV310", "/response/errors/1/text", 1, 29),
                ("BEV310", "/response/errors/1/n", 1, 40),
                ("BEV309", "/response/errors/1/n", 1, 40),
                ("BEV306", "/response/errors/2", 1, 47),
            ],
            id="errors-of-all-types",
        ),
        pytest.param(
            '{"response":{"errorMessage":{"Error":["a","b"]}}}', "json", ("a", "b"), None, {},
            [("BEV310", "/response/errorMessage", 1, 14), ("BEV305", "/response/errorMessage/Error", 1, 30)],
            id="errors-of-a-gateway",
        ),
        pytest.param(
            "<response><error>a</error><error>b</error><hint>h</hint></response>", "xml", ("a", "b"), None,
            {"hint": "h"}, [("BEV317", "/response/error", 1, 27), ("BEV307", "/response/hint", 1, 43)],
            id="repeated-elements",
        ),
        pytest.param(
            "<response><errors><error>a</error><other>b</other></errors></response>", "xml", ("a", "b"), None, {},
            [("BEV310", "/response/errors/other", 1, 35)], id="members-of-any-name",
        ),
        pytest.param(
            "Error,Code,Hint\na,402,h\nb,402,h\n", "csv", ("a", "b"), 402, {"Hint": "h"},
            [("BEV307", "/response", 1, 12)],
            id="rows",
        ),
        pytest.param(
            "errors\na\n", "csv", ("a",), None, {}, [("BEV317", "/response", 1, 1)], id="label",
        ),
        pytest.param(
            "Hint,Message\nh,a\n", "csv", ("a",), None, {"Hint": "h"},
            [("BEV307", "/response", 1, 1), ("BEV310", "/response", 1, 6)],
            id="column-of-a-gateway",
        ),
        pytest.param(
            '{"error":{"message":"E1","code":400,"type":"quota"},"trace":"t"}', "json", ("E1",), 400,
            {"type": "quota", "trace": "t"},
            [
                ("BEV310", "", 1, 1), ("BEV310", "/error/message", 1, 11), ("BEV307", "/error/type", 1, 37),
                ("BEV307", "/trace", 1, 53),
            ],
            id="error-of-an-object",
        ),
        pytest.param(
            '{"response":{"error":{"code":"E","message":"a"},"code":402}}', "json", ("a",), 402, {},
            [
                ("BEV310", "/response/error/code", 1, 23), ("BEV310", "/response/error/code", 1, 23),
                ("BEV310", "/response/error/message", 1, 34),
            ],
            id="code-of-the-reply-before-that-of-an-error",
        ),
        pytest.param(
            '{"response":{"error":{"code":402,"message":"a"},"code":402}}', "json", ("a",), 402, {},
            [("BEV310", "/response/error/message", 1, 34)], id="same-code-again",
        ),
        pytest.param(
            '{"response":{"error":"a","code":402},"code":500}', "json", ("a",), 402, {"code_": 500},
            [("BEV307", "/code", 1, 38)], id="another-code-next-to-response",
        ),
        pytest.param(
            '{"response":{"errors":{"0":"a","2":"b"},"code":-1}}', "json", ("a", "b"), "-1", {},
            [("BEV305", "/response/errors", 1, 14), ("BEV310", "/response/code", 1, 41)],
            id="errors-of-a-numbered-object",
        ),
        pytest.param(
            '{"response":{"error":"a","code":{"value":"E5"},"hint":["h"]}}', "json", ("E5", "a"), None, {"hint": ["h"]},
            [
                ("BEV310", "/response/code", 1, 26), ("BEV310", "/response/code/value", 1, 34),
                ("BEV307", "/response/hint", 1, 48),
            ],
            id="code-of-an-object",
        ),
        pytest.param(
            '{"errors":[{"message":"a","path":["x"]},{"message":"b","path":["y"]},{"message":"c","path":["z"]}]}',
            "json", ("a", "b", "c"), None, {"path": [["x"], ["y"], ["z"]]},
            [
                ("BEV310", "", 1, 1),
                ("BEV310", "/errors/0/message", 1, 13), ("BEV307", "/errors/0/path", 1, 27),
                ("BEV310", "/errors/1/message", 1, 42), ("BEV307", "/errors/1/path", 1, 56),
                ("BEV310", "/errors/2/message", 1, 71), ("BEV307", "/errors/2/path", 1, 85),
            ],
            id="fields-of-several-errors",
        ),
        pytest.param(
            "Error,Code\n,KEY_DISABLED\n", "csv", ("KEY_DISABLED",), "KEY_DISABLED", {},
            [("BEV310", "/response/code", 2, 2)],
            id="only-a-code-in-a-row",
        ),
        pytest.param(
            '{"response":{"message":{"text":"a"}}}', "json", ("a",), None, {},
            [("BEV310", "/response/message", 1, 14), ("BEV310", "/response/message/text", 1, 25)],
            id="message-of-an-object",
        ),
        pytest.param("<Exception>a</Exception>", "xml", ("a",), None, {}, [], id="root-element-of-a-gateway"),
        pytest.param(
            '{"response":{"id":5},"error":"a"}', "json", ("a",), None, {"response": {"id": 5}},
            [("BEV310", "", 1, 1), ("BEV307", "/response", 1, 2)], id="error-next-to-response",
        ),
    ],
)  # fmt: skip
def test_reply_is_read(
    body: str, format: str, texts: tuple[str, ...], code: int | str | None, extra: dict[str, object], reports: Reports
) -> None:
    found = bevparse.inspect(body, format=format)

    assert isinstance(found.response, ErrorResponse)
    assert (found.response.errors, found.response.code, found.response.model_extra) == (texts, code, extra)
    assert reports_of(found) == reports


@pytest.mark.parametrize(
    ("body", "format", "reports"),
    [
        ('{"response":{"errors":[]}}', "json", [("BEV213", "/response", 1, 2)]),
        ('{"response":{"errors":["",true]}}', "json",
         [("BEV213", "/response", 1, 2), ("BEV306", "/response/errors/0", 1, 24),
          ("BEV306", "/response/errors/1", 1, 27)]),
        ('{"response":{"error":"0"}}', "json", [("BEV213", "/response", 1, 2), ("BEV306", "/response/error", 1, 14)]),
        ('{"response":{"error":"a","error":"b"}}', "json", [("BEV209", "/response/error", 1, 26)]),
        ('{"response":{"error":"a","hint":{"h":1,"h":2}}}', "json",
         [("BEV307", "/response/hint", 1, 26), ("BEV209", "/response/hint", 1, 26)]),
        ('{"response":{"error":""}}', "json", [("BEV213", "/response", 1, 2), ("BEV306", "/response/error", 1, 14)]),
        ("<response><errors/></response>", "xml", [("BEV213", "/response", 1, 1)]),
        ("<errors/>", "xml", [("BEV213", "/response", 1, 1)]),
        ("<error/>", "xml", [("BEV306", "/response/error", 1, 1), ("BEV213", "/response", 1, 1)]),
        ("Error,Message\ntrue,null\n", "csv", [("BEV213", "/response", 1, 1), ("BEV310", "/response", 1, 7)]),
        ("Error,Error\na,b\n", "csv", [("BEV207", "/response", 1, 1)]),
        ("Error\n", "csv", [("BEV213", "/response", 1, 1)]),
    ],
)  # fmt: skip
def test_reply_that_cannot_be_read_completely_is_reported(body: str, format: str, reports: Reports) -> None:
    found = bevparse.inspect(body, format=format)

    assert found.response is None
    assert reports_of(found) == reports


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ('{"error":"a","status":200}', ("a",)),
        ('{"error":"a","message":"m","timestamp":1}', ("a", "m")),
        ('{"errorMessage":"a","status":"ok"}', ("a",)),
        ('{"message":"m","hint":"ok"}', ("m",)),
        ('{"message":"m","statusCode":500}', ("m",)),
        ('{"message":"m","timestamp":1,"status":500}', ("m",)),
        ('{"success":false,"message":"m"}', ("m",)),
        ('{"@timestamp":1,"error":"a"}', ("a",)),
    ],
)
def test_object_with_an_error_is_a_reply(body: str, texts: tuple[str, ...]) -> None:
    found = bevparse.inspect(body).response

    assert isinstance(found, ErrorResponse)
    assert found.errors == texts


@pytest.mark.parametrize(
    "body",
    [
        '{"message":"Success"}',
        '{"success":true,"message":"m"}',
        '{"message":"m","statusCode":200}',
        '{"message":"m","timestamp":1}',
        '{"message":"m","level":"error"}',
        '{"message":"m","level":"error","time":1,"status":500}',
        '{"error":"a","message":"m","level":"error","time":1}',
        '{"@timestamp":1,"message":"m"}',
    ],
)
def test_success_and_line_of_a_log_are_no_reply(body: str) -> None:
    found = bevparse.inspect(body)

    assert found.response is None
    assert reports_of(found) == [("BEV211", "", 1, 1)]


@pytest.mark.parametrize("value", ['"0"', '["",null]', '{"code":0,"text":""}'])
def test_field_next_to_the_response_may_say_that_there_is_no_error(value: str) -> None:
    found = bevparse.inspect('{"response":{"id":5},"error":' + value + "}")

    assert found.response == CreateResponse(id=5)
    assert reports_of(found) == [("BEV306", "/error", 1, 22)]


def test_rows_of_a_reply_have_equal_fields() -> None:
    found = bevparse.inspect("Error,Hint\na,1\nb,2\nc,3\n", format="csv")

    assert isinstance(found.response, ErrorResponse)
    assert found.response.errors == ("a", "b", "c")
    assert reports_of(found) == [
        ("BEV307", "/response", 1, 7),
        ("BEV214", "/response", 3, 1),
        ("BEV214", "/response", 4, 1),
    ]
