"""JSON: the format that the service documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, NoReturn, TypeAlias, cast

from ..errors import DecodeError, EncodeError
from ..limits import Limits
from ..problems import Problem, format_value, rules
from ..tree import Fields, Node, Path
from . import Document, Kind
from .bounds import check_bounds, text_problem
from .text import encoded, lone_surrogate, place, read_text

__all__ = ["decode", "encode", "kind", "locate", "locate_json", "media_types", "name", "sniff", "spell", "suffixes"]

name: Final = "json"

kind: Final[Kind] = "typed"

suffixes: Final = (".json",)

media_types: Final = ("application/json", "text/json")

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]|NaN|-?Infinity|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?', re.DOTALL
)

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_MOST_DIGITS: Final = 640  # the lowest bound on digits that an interpreter can be set to
_MEMBERS: Final = 1000
_NESTERS = {"[": 1, "{": 1, "]": -1, "}": -1}
_ANOTHER: Final = "expected one body, got another behind it; several, each on its line, are JSON Lines (.jsonl)"


class _RefusedNumberError(ValueError):
    pass


def sniff(head: bytes) -> bool:
    """Tell whether a body starts with a brace or a bracket."""
    return head.lstrip(b" \t\r\n")[:1] in (b"{", b"[")


def decode(data: bytes | str, limits: Limits) -> Document:
    """Turn JSON into a tree.

    Raises:
        DecodeError: the encoding, the syntax, a number that JSON does not have, a lone surrogate, or a limit.
    """
    text, problems = read_text(data, name)
    if text.count("{") + text.count("[") > 2 * limits.records + limits.depth:
        _refuse_flood(text, limits)
    try:
        root = cast(Node, _DECODER.decode(text))
    except json.JSONDecodeError as error:
        message = _ANOTHER if _begins_another(text, error) else f"expected JSON, got a fault: {error.msg.lower()}"
        raise DecodeError(Problem.of(rules.JSON_SYNTAX, message, "", error.lineno, error.colno), name) from None
    except _RefusedNumberError as error:
        _refuse_number(text, str(error))
    except ValueError:  # the interpreter's bound on the digits of an integer
        _refuse_number(text, None)
    except RecursionError:
        _refuse_depth(text, limits)
    fault = check_bounds(root, limits, surrogates=_ESCAPED_SURROGATE.search(text) is not None)
    if fault is not None:
        _refuse_bound(text, *fault, limits)
    return Document(root, problems)


def _begins_another(text: str, error: json.JSONDecodeError) -> bool:
    return error.msg == "Extra data" and text[error.pos] in "{["


def encode(root: Node) -> bytes:
    """Write a tree as compact JSON in UTF-8.

    Raises:
        EncodeError: a text holds a lone surrogate.
    """
    problem = Problem.of(rules.CANNOT_CARRY, "expected numbers and levels of nesting that JSON can carry, got others")
    try:
        return encoded(_pieces(root))
    except UnicodeEncodeError:
        problem = text_problem(root, lone_surrogate, "JSON") or problem
    except (ValueError, RecursionError):
        pass
    raise EncodeError(problem, name)


def _pieces(root: Node) -> Iterator[str]:
    """Write the response, or whatever stands at the top, some members at a time."""
    if not isinstance(root, Fields):
        yield spell(root)
        return
    for position, (key, value) in enumerate(root.pairs):
        yield f"{',' if position else '{'}{spell(key)}:"
        if isinstance(value, list) and value:
            for start in range(0, len(value), _MEMBERS):
                yield "," if start else "["
                yield spell(value[start : start + _MEMBERS])[1:-1]
            yield "]"
        else:
            yield spell(value)
    yield "}" if root.pairs else "{}"


def spell(node: Node) -> str:
    """Write a node.

    Raises:
        ValueError: a number is none that JSON has.
        RecursionError: it is nested too deeply.
    """
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"), default=_as_dict, allow_nan=False)


def locate(data: bytes | str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Find lines and columns in a body that `decode` has accepted."""
    return locate_json(read_text(data, name)[0], paths)


def _refuse_constant(constant: str) -> NoReturn:
    raise _RefusedNumberError(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _RefusedNumberError(digits)
    return number


def _as_dict(fields: Fields) -> dict[str, Node]:
    return dict(fields.pairs)


_DECODER = json.JSONDecoder(object_pairs_hook=Fields, parse_constant=_refuse_constant, parse_float=_finite)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Walk over everything that nests or counts, outside texts."""
    return (token for token in _TOKEN.finditer(text) if token[0][0] != '"')


def _refuse_number(text: str, spelling: str | None) -> NoReturn:
    """Find the number that stopped the decoder: the first spelled so, else the first with too many digits."""
    found = (
        token
        for token in _tokens(text)
        if token[0] == spelling
        or (spelling is None and len(token[0]) > _MOST_DIGITS and token[0].lstrip("-").isdigit())
    )
    token = next(found)
    message = f"expected a number that JSON knows and that can be held, got {format_value(token[0])}"
    raise DecodeError(Problem.of(rules.JSON_NUMBER, message, "", *place(text, token.start())), name)


def _refuse_bound(text: str, problem: Problem, path: Path, limits: Limits) -> NoReturn:
    if problem.rule is not rules.TOO_DEEP:
        try:
            line, column = locate_json(text, [path])[path]
        except RecursionError:  # somewhere before the place the text is nested as deep as the decoder can go
            _refuse_depth(text, limits)
        raise DecodeError(replace(problem, line=line, column=column), name)
    _refuse_depth(text, limits)


def _refuse_depth(text: str, limits: Limits) -> NoReturn:
    depth, start = 0, 0
    for token in _tokens(text):
        depth += _NESTERS.get(token[0], 0)
        if depth > limits.depth:
            start = token.start()
            break
    raise DecodeError(Problem.of(rules.TOO_DEEP, limits.passed("depth"), "", *place(text, start)), name)


def _refuse_flood(text: str, limits: Limits) -> None:
    """Count arrays and objects exactly, where a quick count says that there may be too many to hold."""
    most = 2 * limits.records + limits.depth
    for token in _tokens(text):
        most -= _NESTERS.get(token[0], 0) == 1
        if most < 0:
            raise DecodeError(
                Problem.of(rules.TOO_MANY_RECORDS, limits.passed("records"), "", *place(text, token.start())), name
            )


_Trie: TypeAlias = "dict[int, _Trie]"

_BLANK: Final = re.compile(r"[ \t\r\n]*+")

_NAME: Final = re.compile(r'"(?:[^"\\]|\\.)*+"[ \t\r\n]*+:[ \t\r\n]*+')
"""The name of a member, and what stands before its value."""

_NEXT: Final = re.compile(r"[ \t\r\n]*+,?[ \t\r\n]*+")
"""What stands between two members."""

_PLAIN_ITEM: Final = re.compile(rf'(?:"[^"\\]*+"|[^"\[\]{{}},]++){_NEXT.pattern}')
"""A plain text, a number or a word, to the next member."""

_PLAIN_MEMBER: Final = re.compile(_NAME.pattern + _PLAIN_ITEM.pattern)
_SCANNER: Final = json.JSONDecoder(object_pairs_hook=len)


def locate_json(text: str, paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Find the line and column, both from 1, of nodes in a JSON text that has been decoded before.

    A member of an object is found at its name, a member of an array at its value.
    """
    trie: _Trie = {}
    wanted = set(paths)
    for path in wanted:
        branch = trie
        for step in path:
            branch = branch.setdefault(step, {})
    begin = _end(_BLANK, text, 0)
    starts: dict[Path, int] = {(): begin}
    if trie:
        _walk(text, begin, trie, (), starts)
    return _places(text, {path: starts[path] for path in wanted if path in starts})


def _end(pattern: re.Pattern[str], text: str, index: int) -> int:
    return cast("re.Match[str]", pattern.match(text, index)).end()


def _over(text: str, index: int) -> int:
    """Step over one value of any size; the decoder's C code does it."""
    return _SCANNER.raw_decode(text, index)[1]


def _walk(text: str, index: int, trie: _Trie, path: Path, starts: dict[Path, int]) -> int:
    """Step through the array or object at index, noting the start of each wanted member; give the index behind it."""
    begin = index
    named = text[index] == "{"
    plain = _PLAIN_MEMBER if named else _PLAIN_ITEM
    left = len(trie)
    position = 0
    index = _end(_BLANK, text, index + 1)
    while left:
        if text[index] in "]}":
            return index + 1
        branch = trie.get(position)
        if branch is not None:
            left -= 1
            starts[(*path, position)] = index
        found = None if branch else plain.match(text, index)
        if found:
            index = found.end()
        else:
            index = _end(_NAME, text, index) if named else index
            index = _walk(text, index, branch, (*path, position), starts) if branch else _over(text, index)
            index = _end(_NEXT, text, index)
        position += 1
    return _over(text, begin) if path else index


def _places(text: str, starts: dict[Path, int]) -> dict[Path, tuple[int, int]]:
    """Turn indexes into lines and columns, counting line ends once over the text."""
    places: dict[Path, tuple[int, int]] = {}
    line, counted = 1, 0
    for path, start in sorted(starts.items(), key=lambda item: item[1]):
        line += text.count("\n", counted, start)
        counted = start
        places[path] = line, start - text.rfind("\n", 0, start)
    return places
