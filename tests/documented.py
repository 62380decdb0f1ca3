"""The paths of the service, and the main sample of each endpoint."""

from __future__ import annotations

__all__ = ["DOCUMENTED", "PATHS"]

PATHS = {
    "create": "/request",
    "list": "/request/list",
    "status": "/request/status",
    "completed": "/request/completed",
    "failed": "/request/failed",
}

DOCUMENTED = {
    "create": b'{"response":{"id":5}}',
    "list": b'{"response":{"current_page":1,"data":[{"id":123,"date_start":"1642422382","date_end":"1642422386",'
    b'"total_emails":1,"invalid_emails":0,"processed_emails":1,"failed_emails":0,"ready":1}],'
    b'"from":1,"last_page":1,"per_page":10,"to":1,"total":1}}',
    "status": b'{"response":[{"id":544,"api_version":2,"date_start":"1528204702","total_emails":500,'
    b'"invalid_emails":0,"processed_emails":500,"failed_emails":0,"ready":1},'
    b'{"id":596,"date_start":"1528377253","total_emails":3,"invalid_emails":0,"processed_emails":3,'
    b'"failed_emails":0,"ready":1}]}',
    "completed": b'{"response":[{"emailAddress":"alex@alex.edu","formatCheck":"true","smtpCheck":"null",'
    b'"dnsCheck":"false","freeCheck":"false","disposableCheck":"false","catchAllCheck":"null","result":"bad"},'
    b'{"emailAddress":"bob@google.com","formatCheck":"true","smtpCheck":"true","dnsCheck":"true",'
    b'"freeCheck":"false","disposableCheck":"false","catchAllCheck":"true",'
    b'"mxRecords":["alt2.aspmx.l.google.com","aspmx.l.google.com"],"result":"unknown"}]}',
    "failed": b'{"response":[{"error":"Invalid format","emailAddress":"foo.bar"}]}',
}
"""The main sample of each endpoint, documented or observed."""
