"""What a report shows of the settings of its run."""

from __future__ import annotations

from bevparse import Limits, StatusResponse
from bevparse.sources import ANYTHING, Search
from bevparse.validate import Selection, Settings
from bevparse.validate.conditions import options_of_report, options_of_run


def test_settings_that_are_not_the_defaults_are_spelled_as_options() -> None:
    settings = Settings(
        model=StatusResponse,
        format="csv",
        endpoints=(("*.json", "list"),),
        limits=Limits(body=7),
        plugins=("yaml_format",),
        selection=Selection(("BEV", "BEV307"), ("BEV3",), (("old/**", ("BEV4", "BEV5")),)),
        cross=False,
    )
    search = Search(("*.txt",), ("old",), url_patterns=("https://proxy/*",), follow_links=True)

    assert options_of_run(settings, search, "list.txt") == (
        "--files-from list.txt",
        "--endpoint status",
        "--endpoint list for *.json",
        "--from csv",
        "--select BEV,BEV307",
        "--ignore BEV3",
        "--per-file-ignores old/**:BEV4,BEV5",
        "--include *.txt",
        "--exclude old",
        "--url-pattern https://proxy/*",
        "--limit body=7",
        "plugin yaml_format",
        "--no-cross",
        "--follow-links",
    )
    assert options_of_report("warning", "known.json") == ("--fail-on warning", "--baseline known.json")


def test_defaults_are_not_shown() -> None:
    assert options_of_run(Settings(), ANYTHING) == options_of_report("error") == ()
    assert options_of_run(Settings(cross=True), ANYTHING) == ("--cross",)
