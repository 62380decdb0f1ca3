"""Recorded exchanges with other URLs than those of the service, such as those of a proxy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bevparse import CreateResponse, StatusResponse
from bevparse.cli import main
from bevparse.models import Response
from bevparse.problems import rules
from bevparse.sources import ANYTHING, Search, har, named_source, open_source
from bevparse.sources.exchanges import Exchanges, RecordedRequest, RecordedResponse, model_of_exchange
from bevparse.sources.source import Source
from bevparse.validate import Checked, Settings, iter_checked

from ..recordings import KEY, RECORDINGS

STATUS = '{"response":[{"id":544,"ready":7}]}'
PROXY = "https://proxy.internal/bev/request/status"
URLS_OF_PROXIES = [
    *("https://x.example/bevService/other", "https://x.example/bev/request/"),
    "https://bev.example/request",
    *("https://x.example/bev-proxy/v1/request", "https://x.example/api/request/COMPLETED?x=1", PROXY),
]
CHECK = ["validate", "--no-cache", "--no-config", "--ignore", "BEV308,BEV316", "--output-format", "concise"]


def session(*urls: str, body: str = STATUS) -> str:
    """Write a HAR with an exchange for each URL, and return its path."""
    entries = [{"request": {"method": "POST", "url": url}, "response": {"content": {"text": body}}} for url in urls]
    Path("session.har").write_text(json.dumps({"log": {"entries": entries}}))
    return "session.har"


def found_in(path: str, *patterns: str) -> list[Checked]:
    return list(iter_checked([path], Settings(), search=Search(url_patterns=patterns)))


def test_exchange_through_a_proxy_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHECK, session(PROXY, PROXY, "https://other.example/")]) == 1

    shown = capsys.readouterr()
    assert shown.out.startswith("session.har: error: BEV016")
    assert "3 exchanges with other URLs skipped" in shown.out


@pytest.mark.parametrize("name", ["proxy.har", "proxy.yaml", "proxy.warc"])
def test_every_recording_reports_and_reads_exchanges_through_a_proxy(name: str) -> None:
    path = str(RECORDINGS / name)

    (notice,) = [one for one in found_in(path) if one.other_urls]
    *read, rest = found_in(path, "https://proxy.internal/bev/*")

    assert [problem.rule for problem in notice.problems] == [rules.OTHER_URLS]
    assert notice.other_urls == 2
    assert [(one.outcome, one.endpoint) for one in read] == [("body", "status")]
    assert (rest.other_urls, rest.problems) == (1, ())


@pytest.mark.parametrize(
    "options", [["--url-pattern", "https://proxy.internal/bev/request/*"], ["--endpoint", "status"]]
)
def test_option_reads_exchanges_through_a_proxy(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHECK, session(PROXY, "https://other.example/status"), *options]) == 1

    out = capsys.readouterr().out
    assert "session.har#/log/entries/0:1:" in out
    assert "BEV205" in out
    assert "; 1 exchange with other URLs skipped; 1 status (1 json)\n" in out


def test_other_services_alone_are_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    others = session("https://other.example/", "https://other.example/status")

    assert main([*CHECK, others]) == 0
    assert capsys.readouterr().out.endswith("; 2 exchanges with other URLs skipped\n")
    assert main(["convert", others, "--to", "jsonl", "-o", "none.jsonl"]) == 4
    assert capsys.readouterr().err.endswith("no body found; 2 exchanges with other URLs skipped; nothing was written\n")


def test_exchange_through_a_proxy_is_no_error_if_only_keys_are_selected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--select", "BEV5", "--no-cache", "--no-config", session(PROXY)]) == 0


def test_configuration_sets_url_patterns(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bevparse.toml").write_text('url-pattern = ["proxy.internal"]')

    assert main(["validate", "--no-cache", session(PROXY)]) == 1


def test_endpoint_of_a_matching_url_may_be_unknown() -> None:
    (checked,) = found_in(session("https://proxy.internal/v1?op=7"), "proxy.internal")

    assert (checked.outcome, checked.endpoint) == ("body", "status")


def test_stats_and_convert_read_proxied_exchanges_and_count_others(capsys: pytest.CaptureFixture[str]) -> None:
    good = '{"response":[{"emailAddress":"a@b.example"}]}'
    completed = session("https://proxy.internal/bev/request/completed", "https://other.example/", body=good)

    assert main(["convert", completed, "--url-pattern", "proxy.internal", "--to", "jsonl", "-o", "out.jsonl"]) == 0
    assert main(["convert", completed, "--to", "jsonl", "-o", "none.jsonl"]) == 1
    assert main(["stats", completed, "--url-pattern", "proxy.internal"]) == 0
    assert main(["convert", f"{completed}#/log/entries/0", "--endpoint", "completed", "--to", "csv"]) == 0

    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].endswith("; 1 exchange with other URLs skipped")
    assert lines[1].endswith(", 1 exchange with other URLs skipped")
    assert "BEV016 1 exchange not read" in shown.err
    assert not Path("none.jsonl").exists()


def test_location_of_an_exchange_through_a_proxy_can_be_named() -> None:
    source = named_source(f"{session(PROXY)}#/log/entries/0", ANYTHING)

    assert (source.outcome, source.endpoint) == ("body", "status")


def test_location_of_a_recording_without_a_body_is_refused() -> None:
    source = named_source(f"{session('https://other.example/')}#/log/entries/0", ANYTHING)

    assert source.outcome == "unreadable"


def notices(url: str) -> list[Source]:
    """Return what is reported if a request to this URL is not read."""
    exchanges = Exchanges(Source("x"))
    assert not list(exchanges.response_of(Source("x"), RecordedRequest("GET", url), lambda: RecordedResponse("200")))
    return list(exchanges.notice())


def test_reported_url_shows_no_secret() -> None:
    found = notices(f"https://user:secret@proxy.internal/{KEY}/request/list?apiKey={KEY}")

    ((problem,),) = [source.problems for source in found]

    assert "secret" not in problem.message
    assert KEY not in problem.message
    assert problem.message.startswith("1 exchange not read: ")


@pytest.mark.parametrize(
    ("pattern", "url", "endpoint"),
    [
        ("https://proxy.internal", PROXY, "status"),
        ("https://proxy.internal/", PROXY, "status"),
        ("https://proxy.internal/bev", PROXY, "status"),
        ("HTTPS://Proxy.Internal/BEV", PROXY, "status"),
        ("proxy.internal/bev/request/status", f"{PROXY}?x=1#y", "status"),
        ("*/bev/*", PROXY, "status"),
        ("*", "https://x.example/request", "create"),
        ("https://*.internal/*/request/*", PROXY, "status"),
        ("*?op=1", "https://x.example/api?op=1", ""),
        ("*", "https://x.example/api", ""),
        ("*", "no URL", ""),
        ("https://proxy.internal/be", PROXY, None),
        ("proxy", PROXY, None),
        ("https://*.internal/*/x/*", PROXY, None),
        ("https://proxy.internal/bev/request/status*status", PROXY, None),
        ("*/status", PROXY + "/x", None),
        ("", PROXY, None),
    ],
)
def test_url_pattern_determines_the_endpoint(pattern: str, url: str, endpoint: str | None) -> None:
    models = {"": Response, "create": CreateResponse, "status": StatusResponse, None: None}

    assert model_of_exchange(url, [pattern]) is models[endpoint]


@pytest.mark.parametrize("url", URLS_OF_PROXIES)
def test_urls_that_may_be_of_a_proxy_are_reported(url: str) -> None:
    found = notices(url)

    assert all(source.problems for source in found)


@pytest.mark.parametrize(
    "url",
    [
        *("https://x.example/request/other", "https://x.example/status", "https://x.example/api/request", ""),
        *("https://x.example/?u=/bev/request/status", "https://x.example/bev", "request"),
    ],
)
def test_urls_of_other_services_are_not_reported(url: str) -> None:
    found = notices(url)

    assert [source.problems for source in found] == [()]


def test_pattern_with_many_stars_is_matched_in_linear_time() -> None:
    assert model_of_exchange("https://x.example/" + "-" * 100_000, ["*-*-*-*-*-*-*-*-*x"]) is None


def test_response_that_looks_like_a_recording_is_not_read_as_one() -> None:
    Path("a.har").write_bytes(Path(session("https://proxy.internal/api", body='{"log":{"entries":[]}}')).read_bytes())
    source = Source("a.har", url_patterns=("*",))

    (member,) = har.members(source, source.read())

    assert member.alone
    assert list(open_source(member, Search())) == [member]
