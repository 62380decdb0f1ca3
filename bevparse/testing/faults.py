"""Replies for `FakeService.next`: the error replies of the service, of gateways, and faults of the connection.

The comments say whether the service is documented, observed or only inferred to send a reply.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from ..models import ErrorResponse
from .calls import Reply

__all__ = [
    "ACCESS_DENIED",
    "BAD_FORMAT",
    "BAD_GATEWAY",
    "BAD_ID",
    "CUT",
    "EMPTY",
    "FAULTS",
    "GATEWAY_DENIED",
    "GATEWAY_TIMEOUT",
    "INSUFFICIENT_BALANCE",
    "INVALID_DATA",
    "SLOW",
    "UNAVAILABLE",
    "UNKNOWN_ID",
    "WRONG_KEY",
    "gateway_page",
    "refusal",
]

_PAGE: Final = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


def refusal(*errors: str) -> Reply:
    """Return the error reply of the service to wrong parameters, with these messages.

    Examples:
        >>> refusal("The emails field is required.").body
        b'{"response":{"errors":["The emails field is required."]}}'
    """
    body = json.dumps({"response": {"errors": errors}}, ensure_ascii=False, separators=(",", ":"))
    return Reply(body.encode(), 400, "application/json")


def gateway_page(status: int) -> Reply:
    r"""Return the HTML page of a gateway for a status code.

    Raises:
        ValueError: there is no such status code.

    Examples:
        >>> gateway_page(429).body[:57]
        b'<html>\r\n<head><title>429 Too Many Requests</title></head>'
    """
    title = f"{status} {HTTPStatus(status).phrase}"
    return Reply(_PAGE.format(title).encode(), status, "text/html")


WRONG_KEY: Final = Reply(ErrorResponse(errors=("Authorisation or authentication failed",)), 401)  # documented
INSUFFICIENT_BALANCE: Final = Reply(ErrorResponse(errors=("Insufficient balance",)), 402)  # documented
ACCESS_DENIED: Final = Reply(ErrorResponse(errors=("Access denied",)), 403)  # observed
BAD_FORMAT: Final = refusal("The format field should have one of the following values: json, xml.")  # documented
BAD_ID: Final = refusal("The id must be at least 1.")  # inferred
UNKNOWN_ID: Final = refusal("The selected id is invalid.")  # inferred
GATEWAY_DENIED: Final = Reply(  # observed in a sister service
    b'{"code":403,"messages":"Access restricted. Check credits balance or enter the correct API key."}',
    403,
    "application/json",
)
INVALID_DATA: Final = Reply(  # inferred: what Laravel replies
    b'{"message":"The given data was invalid.","errors":{"emails":["The emails field is required."]}}',
    422,
    "application/json",
)
BAD_GATEWAY: Final = gateway_page(502)
UNAVAILABLE: Final = gateway_page(503)
GATEWAY_TIMEOUT: Final = gateway_page(504)
EMPTY: Final = Reply(b"")
CUT: Final = Reply(cut=True)
SLOW: Final = Reply(delay=60)

FAULTS: Final = {
    "access-denied": ACCESS_DENIED,
    "bad-format": BAD_FORMAT,
    "bad-gateway": BAD_GATEWAY,
    "bad-id": BAD_ID,
    "cut": CUT,
    "empty": EMPTY,
    "gateway-denied": GATEWAY_DENIED,
    "gateway-timeout": GATEWAY_TIMEOUT,
    "insufficient-balance": INSUFFICIENT_BALANCE,
    "invalid-data": INVALID_DATA,
    "slow": SLOW,
    "unavailable": UNAVAILABLE,
    "unknown-id": UNKNOWN_ID,
    "wrong-key": WRONG_KEY,
}
"""All faults by the names that `bevparse serve --next` accepts."""
