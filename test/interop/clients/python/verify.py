import sys

import google.auth.transport.requests
import google.oauth2.id_token
from emulator import emulator_url

ALLOW = {"login-run@acme.iam.gserviceaccount.com"}
ISSUERS = {"https://accounts.google.com", "accounts.google.com"}

# The emulator's keys in the place of Google's, if emulator.py lets it count.
CERTS = f"{emulator_url() or 'https://www.googleapis.com'}/oauth2/v1/certs"
REQUEST = google.auth.transport.requests.Request()


def caller_of(token, audience):
    """The caller's email; raises for a token that is none of a listed caller for this audience."""
    claims = google.oauth2.id_token.verify_token(token, REQUEST, audience, certs_url=CERTS)
    if claims["iss"] not in ISSUERS:
        raise ValueError("wrong issuer")
    if claims.get("email_verified") is not True or claims.get("email") not in ALLOW:
        raise PermissionError("caller not allowed")
    return claims["email"]


for line in sys.stdin:
    try:
        print(caller_of(line.strip(), sys.argv[1]))
    except Exception as error:
        print(f"refused: {str(error).split(':')[0]}")
