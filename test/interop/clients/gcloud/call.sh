# call.sh URL AUDIENCE [--impersonate-service-account=EMAIL --include-email]
set -eu
url=$1 audience=$2
shift 2
token=$(gcloud auth print-identity-token --quiet --audiences="$audience" "$@")
curl -sSf -H "Authorization: Bearer $token" "$url"
