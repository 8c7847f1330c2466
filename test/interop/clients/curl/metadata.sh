# The token of the service's own account, from its metadata server: metadata.sh URL AUDIENCE
set -eu
account=computeMetadata/v1/instance/service-accounts/default
token=$(curl -sSfG -H 'Metadata-Flavor: Google' --data-urlencode "audience=$2" \
  "http://$GCE_METADATA_HOST/$account/identity")
curl -sSf -H "Authorization: Bearer $token" "$1"
