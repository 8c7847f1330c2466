# The token of another account, by this one's access token: impersonation.sh URL AUDIENCE EMAIL [EMULATOR]
# The emulator is an argument: whoever is asked gets the access token, and no variable may choose that.
set -eu
account=computeMetadata/v1/instance/service-accounts/default
string() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }

access=$(curl -sSf -H 'Metadata-Flavor: Google' "http://$GCE_METADATA_HOST/$account/token" | string access_token)
token=$(curl -sSf -H "Authorization: Bearer $access" -H 'Content-Type: application/json' \
  -d "{\"audience\":\"$2\",\"includeEmail\":true}" \
  "${4:-https://iamcredentials.googleapis.com}/v1/projects/-/serviceAccounts/$3:generateIdToken" | string token)
curl -sSf -H "Authorization: Bearer $token" "$1"
