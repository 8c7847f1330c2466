import sys

from sample import make_authorized_get_request

print(make_authorized_get_request(sys.argv[1]).decode())
