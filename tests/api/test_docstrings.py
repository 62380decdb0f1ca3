"""The docstrings of fields are their descriptions, and models are built when they are first used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from pydantic import BaseModel
from pydantic._internal._docs_extraction import extract_docstrings_from_cls

from bevparse import EmailRecord, models
from bevparse.cli.configuration import Configuration
from bevparse.docstrings import describe

MODELS: list[type[BaseModel]] = [
    Configuration,
    *(value for name in models.__all__ if isinstance(value := getattr(models, name), type)),
]


class _Record(EmailRecord):
    score: int = 0
    """The score of a client."""


@pytest.mark.parametrize("model", MODELS)
def test_descriptions_are_those_of_pydantic(model: type[BaseModel]) -> None:
    expected = {
        name: text
        for base in model.__mro__[::-1]
        if base.__module__ == model.__module__
        for name, text in extract_docstrings_from_cls(base, use_inspect=True).items()
        if name in model.model_fields
    }

    assert expected.keys() == model.model_fields.keys()
    assert {name: field.description for name, field in model.model_fields.items()} == expected


def test_subclass_has_its_own_descriptions_and_is_complete_when_it_is_defined() -> None:
    assert _Record.model_fields["score"].description == "The score of a client."
    assert _Record.model_fields["result"].description == EmailRecord.model_fields["result"].description
    assert _Record.__pydantic_complete__


def test_models_are_described_without_their_source() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[__name__].__loader__, "get_source", lambda _: None, raising=False)
        patch.setattr(sys.modules[__name__], "__file__", "absent.py")

        describe((_Record,))

    assert _Record.model_fields["score"].description == "The score of a client."


def test_parsing_builds_no_model_of_pydantic() -> None:
    script = (
        "import bevparse\n"
        "from bevparse import EmailRecord, StatusResponse\n"
        "from bevparse.cli.configuration import Configuration\n"
        """bevparse.parse('{"response":[{"id":1}]}')\n"""
        "assert not any(model.__pydantic_complete__ for model in (EmailRecord, StatusResponse, Configuration))\n"
        "before = repr(__import__('inspect').signature(EmailRecord))\n"
        "EmailRecord(email_address='ann@mail.example')\n"
        "assert EmailRecord.__pydantic_complete__\n"
        "assert repr(__import__('inspect').signature(EmailRecord)) == before\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


def test_model_with_an_unknown_type_has_the_signature_of_its_constructor() -> None:
    class Later(EmailRecord):
        other: Missing  # type: ignore[name-defined]  # noqa: F821

    assert "Missing" not in str(inspect.signature(Later))
