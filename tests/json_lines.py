"""Lines of JSON Lines of all kinds, for tests that compare reading them together with reading each alone."""

from __future__ import annotations

import json
from random import Random

from .laws.hostile import mutated
from .paths import FIXTURES

__all__ = ["BODIES", "RECORDS", "UNUSUAL", "lines_of"]

_KEY = b"at_" + b"a1B2c" * 6
_ENDPOINTS = ("completed", "failed", "status", "list", "create", "error")
BODIES = [
    json.dumps(json.loads(path.read_bytes())).encode()
    for endpoint in _ENDPOINTS
    for path in sorted((FIXTURES / endpoint).glob("*.json"))
    if b"\0" not in path.read_bytes() and path.read_bytes().startswith(b"{")
]
RECORDS = [
    json.dumps(record).encode()
    for body in BODIES
    if isinstance(records := json.loads(body).get("response"), list)
    for record in records
]
UNUSUAL = [
    b"", b" \t", b"\r", b"no json", b"{}", b"[]", b'{"response":[]}', b'{"response":"x"}',
    b'{"emailAddress":"a@b.example","error":"bad"},',
    b'\xef\xbb\xbf{"emailAddress":"a@b.example","error":"bad"}',
    b'  {"emailAddress":"a@b.example","error":"bad"}\t\r',
    b'{"emailAddress":"a@b.example","error":"bad"} {"emailAddress":"a@b.example","error":"bad"}',
    b'{"emailAddress":"a@b.example","error":"bad"},{"emailAddress":"a@b.example","error":"bad"}',
    b'{"emailAddress":"a@b.example","error":"bad","error":"worse"}',
    b'{"emailAddress":"a@b.example","error":"one: two"}',
    b'{"emailAddress":"\\u003a","error":"bad","error":"worse"}',
    b'{"email\\u0041ddress":"a@b.example","error":"bad"}',
    b'{"emailAddress":"a@b.example","formatCheck":"TRUE","smtpCheck":"odd","x":1}',
    b'{"emailAddress":"response","error":"bad"}', b'{"error":"bad","emailAddress":"a@b.example"}',
    b'{"emailAddress":"a@b.example","error":"' + _KEY + b'"}',
    b'{"emailAddress":"a@b.example","error":"' + b"x" * 3000 + b'"}',
    b'{"api_version":2,"id":5}', b'{"id":5}', b'{"id":5,"date_start":"9999999999"}', b'{"id":5,"date_start":"soon"}',
    b'{"response":[{"id":5,"total_emails":1,"failed_emails":2}]}', b'{"response":[{"id":5},{"id":5}]}',
    *(
        b'{"emailAddress":"%s","formatCheck":"true","smtpCheck":"false","dnsCheck":"true","freeCheck":"null",'
        b'"disposableCheck":"null","catchAllCheck":"null","mxRecords":["%s"],"result":"%s"}' % texts
        for texts in [
            (b"a@b.example", b"mx.b.example", b"ok"),
            (b"no address", b"mx.b.example", b"bad"),
            (b"a@b.example", b"192.0.2.1", b"smtp-failed"),
        ]
    ),
]  # fmt: skip


def lines_of(random: Random) -> bytes:
    """Return lines of JSON, some of them mutated or repeated."""
    some = random.choices([RECORDS, BODIES, UNUSUAL], [random.random() for _ in range(3)], k=random.randint(1, 12))
    lines = [random.choice(pool) for pool in some]
    if random.random() < 0.5:
        number = random.randrange(len(lines))
        lines[number] = mutated(random, [lines[number]])
    return b"\n".join(line for line in lines for _ in range(random.choice([1, 1, 1, 3])))
