import sys
import urllib.request

import google.auth
from emulator import emulator_url
from google.auth.transport.requests import AuthorizedSession

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
# The emulator in the place of IAM Credentials, if emulator.py lets it count.
IAM_CREDENTIALS = emulator_url() or "https://iamcredentials.googleapis.com"


def get(url, audience, email):
    """GETs url as the account with this email, with a token for audience."""
    credentials, _ = google.auth.default(scopes=[CLOUD_PLATFORM])
    response = AuthorizedSession(credentials).post(
        f"{IAM_CREDENTIALS}/v1/projects/-/serviceAccounts/{email}:generateIdToken",
        json={"audience": audience, "includeEmail": True},
    )
    response.raise_for_status()
    token = response.json()["token"]
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


print(get(*sys.argv[1:]))
