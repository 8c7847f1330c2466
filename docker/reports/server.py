"""A service in Python. Google's own library verifies its callers, with Google's keys or the emulator's."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from emulator import emulator_url
from google.auth import exceptions
from google.auth.transport.requests import Request
from google.oauth2 import id_token

AUDIENCE = os.environ["COUNTERSIGN_AUDIENCE"].split(",")
ALLOWED = os.environ["ALLOWED_CALLERS"].split(",")
GOOGLE = emulator_url() or "https://www.googleapis.com"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")


def denial_of(authorization):
    """The status and the reason of a refusal; None if the caller is allowed."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        return 401, "no bearer token"
    try:
        claims = id_token.verify_token(token, Request(), AUDIENCE, certs_url=f"{GOOGLE}/oauth2/v1/certs")
    except exceptions.TransportError:
        return 503, "no keys to verify with"
    except (ValueError, exceptions.GoogleAuthError):
        return 401, "not a valid token for this service"
    if claims.get("iss") not in ISSUERS or claims.get("email_verified") is not True:
        return 401, "not a token of a service account"
    if claims.get("email") not in ALLOWED:
        return 403, "not on this service's list"
    return None


class Reports(BaseHTTPRequestHandler):
    def do_GET(self):
        denial = denial_of(self.headers.get("authorization", ""))
        status, body = denial if denial else (200, {"report": self.path})
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Reports).serve_forever()
