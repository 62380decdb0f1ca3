"""Every trap in the design, with an attack of its real size."""

from __future__ import annotations

import csv
import json
import pickle
import subprocess
import sys
import warnings

import pytest

import bevparse
from bevparse import (
    ApiError,
    BevparseError,
    CompletedResponse,
    CreateResponse,
    DecodeError,
    EncodeError,
    ErrorResponse,
    FailedResponse,
    PayloadError,
    Problem,
    SourceError,
    StatusResponse,
    UnknownFormatError,
)

DEEP = 200_000
DUPLICATES = [
    ("json", b'{"response":{"id":5,"id":6}}', "create"),
    ("json", b'{"response":{"id":5,"ID":6}}', "create"),
    ("json", b'{"response":{"id":5,"colour":1,"colour":2}}', "create"),
    ("json", b'{"response":{"id":5,"colour":{"red":1,"red":2}}}', "create"),
    ("json", b'{"response":{"id":5,"colour":[{"red":1,"red":2}]}}', "create"),
    ("json", b'{"response":{"id":5},"response":{"id":6}}', "create"),
    ("json", b'{"response":{"id":5},"extra":1,"extra":2}', "create"),
    ("json", b'{"response":{"error":"one","error":"two"}}', "error"),
    ("json", b'{"response":{"error":"one","score":1,"score":2}}', "error"),
    ("json", b'{"response":{"current_page":1,"data":[],"data":[{"id":5}]}}', "list"),
    ("json", b'{"response":[{"emailAddress":"a","mxRecords":["x"],"mxRecords":["y"],"result":"ok"}]}', "completed"),
    ("xml", b"<xml><response><id>5</id><id>6</id></response></xml>", "create"),
    ("xml", b"<xml><i><emailAddress>a</emailAddress><EmailAddress/><error>c</error></i></xml>", "failed"),
    ("csv", b'"Email Address",Result,Result\na,ok,bad\n', "completed"),
    ("csv", b'"Email Address",Result,emailAddress\na,ok,b\n', "completed"),
    ("csv", b'"Email Address",Result,Score,Score\na,ok,1,2\n', "completed"),
]  # fmt: skip


def run_within(megabytes: int, script: str) -> str:
    """Run a script in its own process, which is killed when it exceeds a memory limit."""
    if sys.platform != "linux":
        pytest.skip("memory is limited as on Linux")
    bound = f"import resource\nresource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20},) * 2)\n"
    ran = subprocess.run([sys.executable, "-c", bound + script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


def codes(body: bytes | str, model: type[bevparse.Response] = bevparse.Response, **options: str) -> list[str]:
    return [problem.code for problem in bevparse.inspect(body, model, **options).problems]  # type: ignore[arg-type]


def test_three_megabytes_of_empty_records_report_a_hundred_errors_in_little_memory() -> None:
    printed = run_within(
        350,
        "import bevparse\n"
        "body = b'{\"response\":[' + b'{},' * 999_999 + b'{}]}'\n"
        "found = bevparse.inspect(body, bevparse.CompletedResponse)\n"
        "print([problem.severity for problem in found.problems].count('error'), len(found.problems) <= 201)\n"
        "try:\n"
        "    bevparse.parse(body, bevparse.CompletedResponse)\n"
        "except bevparse.PayloadError as error:\n"
        "    print(len(str(error)) < 200)\n",
    )

    assert printed == "100 True\nTrue\n"


@pytest.mark.long
def test_twenty_megabytes_of_blank_csv_lines_take_little_memory() -> None:
    printed = run_within(
        200,
        "import bevparse\n"
        "body = b'\"Email Address\",Result\\na@x.example,ok\\n' + b'\\n' * 20_000_000 + b'b@x.example,ok\\n'\n"
        "print(len(bevparse.parse(body, bevparse.CompletedResponse).records))\n",
    )

    assert printed == "2\n"


@pytest.mark.parametrize(
    "body",
    [
        "Email Address,Result\\n' + b',' * 20_000_000",
        pytest.param("Email Address,Result' + b',x' * 20_000_000", marks=pytest.mark.long),
    ],
)
def test_millions_of_cells_in_one_row_are_refused_before_they_take_memory(body: str) -> None:
    printed = run_within(
        450, f"import bevparse\nprint([problem.code for problem in bevparse.inspect(b'{body}).problems])\n"
    )

    assert printed == "['BEV004']\n"


@pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b'{"response":[', b"]}")]
)
@pytest.mark.parametrize("whole", [False, True])
def test_two_hundred_thousand_levels_are_refused(opening: bytes, closing: bytes, whole: bool) -> None:
    body = opening * DEEP + (closing * DEEP if whole else b"")

    with pytest.raises(DecodeError) as caught:
        bevparse.parse(body)

    assert caught.value.problem.code == "BEV003"


def test_brackets_in_texts_are_not_counted_as_levels() -> None:
    address = "[{" * DEEP

    response = FailedResponse(failures=(bevparse.FailedEmail(email_address=address),))

    for format in ("json", "xml", "csv"):
        assert bevparse.parse(bevparse.dump(response, format=format), FailedResponse) == response


def test_two_hundred_thousand_brackets_are_no_list_of_hosts() -> None:
    body = '"Email Address","MX Records",Result\na,' + "[" * DEEP + ",ok\n"

    assert "BEV207" in codes(body, CompletedResponse)


@pytest.mark.parametrize(("format", "body", "endpoint"), DUPLICATES)
def test_duplicate_field_is_an_error(format: str, body: bytes, endpoint: str) -> None:
    with pytest.raises(PayloadError) as caught:
        bevparse.parse(body)

    assert "BEV209" in [problem.code for problem in caught.value.problems]
    assert caught.value.endpoint == endpoint
    assert bevparse.detect(body).format == format


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000])
@pytest.mark.parametrize("place", ['"id":%s', '"id":5,"extra":%s', '"id":5,"extra":[{"deep":%s}]'])
def test_numbers_that_json_does_not_have_are_refused_everywhere(number: str, place: str) -> None:
    body = '{"response":{' + place % number + "}}"

    with pytest.raises(DecodeError) as caught:
        bevparse.parse(body, CreateResponse)

    assert (caught.value.problem.code, caught.value.problem.column) == ("BEV111", body.index(number) + 1)


LAX_NUMBERS = ["1_000", " 1", "1 ", "+1", "-1", "01", "1.5", "1e3", "0x1", "\u0663", "\uff11", "1,000", "9" * 19, "one"]


@pytest.mark.parametrize("number", LAX_NUMBERS)
def test_lax_integers_are_refused(number: str) -> None:
    as_json = json.dumps({"response": {"id": number}})
    as_xml = f"<xml><response><id>{number}</id></response></xml>"
    as_csv = f'ID\n"{number}"\n'

    assert (
        codes(as_json, CreateResponse) == codes(as_xml, CreateResponse) == codes(as_csv, CreateResponse) == ["BEV204"]
    )


@pytest.mark.parametrize("number", ["1.5", "1e-3", "-1", "true", "[]", "9223372036854775808"])
def test_json_values_other_than_integers_are_refused(number: str) -> None:
    assert codes(f'{{"response":{{"id":{number}}}}}', CreateResponse) == ["BEV204"]


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "t", "y", "2", "-1", " true", "1.5"])
def test_lax_booleans_are_refused(word: str) -> None:
    record = {"emailAddress": "a", "smtpCheck": word, "result": "ok"}

    assert "BEV203" in codes(json.dumps({"response": [record]}), CompletedResponse)
    assert "BEV203" in codes(f'"Email Address","SMTP Check",Result\na,"{word}",ok\n', CompletedResponse)
    assert "BEV205" in codes(json.dumps({"response": [{"id": 5, "ready": word}]}), StatusResponse)
    assert "BEV205" in codes(f'ID,Ready\n5,"{word}"\n', StatusResponse)


@pytest.mark.parametrize(
    ("epoch", "year"), [("9999999999", 2286), ("10000000000", 2286), ("15282047020", 2454), ("253402300799", 9999)]
)
def test_epochs_of_eleven_digits_are_seconds(epoch: str, year: int) -> None:
    bodies = [f'{{"response":[{{"id":5,"date_start":"{epoch}"}}]}}', f"ID,Date Start\n5,{epoch}\n"]

    for body in bodies:
        start = bevparse.parse(body, StatusResponse).requests[0].date_start
        assert start is not None
        assert start.year == year


@pytest.mark.parametrize(
    "epoch", ["253402300800", "1528204702000", "-1", "1528204702.5", "2018-06-05", "1e9", "9" * 400]
)
def test_epochs_from_the_year_10000_on_are_refused(epoch: str) -> None:
    assert codes(f'{{"response":[{{"id":5,"date_start":"{epoch}"}}]}}', StatusResponse) == ["BEV206"]
    assert codes(f"ID,Date Start\n5,{epoch}\n", StatusResponse)[-1:] == ["BEV206"]


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\ufeff", "\0"])
@pytest.mark.parametrize("cell", ["%sa", "a%sb", "a%s"])
def test_csv_keeps_characters_that_look_like_line_ends_or_marks(mark: str, cell: str) -> None:
    body = f'"Email Address",Error\n{cell % mark},bad\nb,bad\n'.encode()

    read = bevparse.parse(body, FailedResponse)

    assert [failure.email_address for failure in read.failures] == [cell % mark, "b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inner", ["\n", "\r\n", "\r", "\n\n\r"])
def test_csv_keeps_line_ends_inside_quotes(end: str, inner: str) -> None:
    body = f'"Email Address",Error{end}"a{inner}b",bad{end}'.encode()

    assert bevparse.parse(body, FailedResponse).failures[0].email_address == f"a{inner}b"


def test_only_the_first_byte_order_mark_is_removed() -> None:
    body = "\ufeff\ufeffEmail Address,Error\n\ufeffx,bad\n"

    for spelling in (body, body.encode()):
        found = bevparse.inspect(spelling, FailedResponse)
        assert isinstance(found.response, FailedResponse)
        assert found.response.failures[0].email_address == "\ufeffx"
        assert "BEV311" in [problem.code for problem in found.problems]


@pytest.mark.parametrize("tail", ['"open,bad\nb,bad\n', '"closed"then,bad\n', '"closed" ,bad\n'])
def test_csv_with_unbalanced_quotes_is_refused(tail: str) -> None:
    with pytest.raises(DecodeError) as caught:
        bevparse.parse('"Email Address",Error\n' + tail, FailedResponse)

    assert (caught.value.problem.code, caught.value.problem.line) == ("BEV130", 2)


def test_cell_above_the_limit_of_the_csv_module_is_read_without_changing_that_limit() -> None:
    before = csv.field_size_limit()
    body = '"Email Address",Error\n"' + "a" * 200_000 + '",bad\n'

    read = bevparse.parse(body, FailedResponse)

    assert len(read.failures[0].email_address) == 200_000
    assert csv.field_size_limit() == before == 131_072


def test_process_state_is_unchanged() -> None:
    script = (
        "import csv, locale, signal, sys, warnings, json, decimal, gc\n"
        "def state():\n"
        "    handlers = [signal.getsignal(number) for number in sorted(signal.valid_signals())]\n"
        "    return (csv.field_size_limit(), csv.list_dialects(), sys.getrecursionlimit(), handlers,\n"
        "            sys.get_int_max_str_digits(), list(warnings.filters), locale.setlocale(locale.LC_ALL),\n"
        "            gc.isenabled(), gc.get_threshold())\n"
        "before = state()\n"
        "import bevparse\n"
        "assert state() == before\n"
        'response = bevparse.parse(\'{"response":[{"emailAddress":"a","result":"ok"}]}\')\n'
        "for format in ('json', 'xml', 'csv'):\n"
        "    assert bevparse.parse(bevparse.dump(response, format=format)) == response\n"
        "for body in ('[' * 200_000, '<a>' * 200_000, 'Email Address,Error\\n' + 'a' * 200_000 + ',\"'):\n"
        "    bevparse.inspect(body)\n"
        "assert state() == before\n"
    )

    subprocess.run([sys.executable, "-W", "default", "-c", script], check=True)


def every_exception() -> list[BevparseError]:
    problem = Problem("BEV206", "expected seconds since 1970, got 'soon'", "/response/2/date_start", 7, 3)
    return [
        DecodeError(problem, "json"),
        DecodeError(problem),
        PayloadError((problem, problem), "status"),
        ApiError(ErrorResponse(errors=("one", "two"), code=403)),
        EncodeError(problem, "xml"),
        UnknownFormatError("yaml", ("csv", "json")),
        SourceError("saved.json", "expected a readable file, got no such file"),
        BevparseError("anything"),
    ]


@pytest.mark.parametrize("error", every_exception(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_exception_pickles_with_its_attributes(error: BevparseError, protocol: int) -> None:
    with warnings.catch_warnings():
        copied = pickle.loads(pickle.dumps(error, protocol))

    assert type(copied) is type(error)
    assert (str(copied), vars(copied), copied.args) == (str(error), vars(error), error.args)
