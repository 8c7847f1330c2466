import sys
import urllib.request

import google.auth.transport.requests
import google.oauth2.id_token


def get(url, audience):
    """GETs url with a token for audience: the service's own URL, wherever it is called."""
    auth_request = google.auth.transport.requests.Request()
    token = google.oauth2.id_token.fetch_id_token(auth_request, audience)
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as response:
        return response.read().decode()


print(get(*sys.argv[1:]))
