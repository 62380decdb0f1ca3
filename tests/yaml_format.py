"""An example of a plug-in format: YAML by the pure loader of PyYAML, with its nesting checked first."""

from math import isfinite

import yaml

from bevparse.errors import DecodeError, EncodeError
from bevparse.formats import Document
from bevparse.formats.bounds import check_bounds, text_problem
from bevparse.formats.text import lone_surrogate, read_text
from bevparse.limits import Limits
from bevparse.problems import Problem
from bevparse.tree import Fields, Node

name, kind = "yaml", "typed"
suffixes, media_types = (".yaml", ".yml"), ("application/yaml", "text/yaml")

_TAGS = {f"tag:yaml.org,2002:{known}" for known in ("bool", "float", "int", "null")}
_Dumper = type("_Dumper", (yaml.SafeDumper,), {})
_Dumper.add_representer(Fields, lambda dumper, fields: dumper.represent_dict(dict(fields.pairs)))


def sniff(head: bytes) -> bool:
    return head.startswith((b"---", b"response:"))


def decode(data: bytes | str, limits: Limits) -> Document:
    text, problems = read_text(data, name)
    depth = 0
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > limits.depth or isinstance(event, yaml.AliasEvent):
                raise DecodeError(Problem("BEV003", limits.passed("depth")), name)  # an alias may be of any depth
        root = _tree(yaml.SafeLoader(text).get_single_node())
    except DecodeError:
        raise
    except (yaml.YAMLError, ValueError):  # ValueError: an escape or a number that cannot be held
        raise DecodeError(Problem("BEV140", "invalid YAML"), name) from None
    if (exceeded := check_bounds(root, limits)) is not None:
        raise DecodeError(exceeded[0], name)
    return Document(root, problems)


def _tree(node: yaml.Node | None) -> Node:
    if isinstance(node, yaml.MappingNode):
        return Fields([(str(key.value), _tree(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return [_tree(member) for member in node.value]
    value = yaml.SafeLoader("").construct_object(node) if node and node.tag in _TAGS else node and node.value
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(value)
    return value


def encode(root: Node) -> bytes:
    if (problem := text_problem(root, lone_surrogate, "YAML")) is not None:
        raise EncodeError(problem, name)
    return yaml.dump(root, Dumper=_Dumper, sort_keys=False, width=2**31).encode()
