# A JWT signed with an account's key, exchanged for an ID token: key.sh URL AUDIENCE
set -eu
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$GOOGLE_APPLICATION_CREDENTIALS"; }
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

now=$(date +%s)
claims="{\"iss\":\"$(field client_email)\",\"aud\":\"$(field token_uri)\",\"iat\":$now,\"exp\":$((now + 600))"
signed=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url).$(printf '%s,"target_audience":"%s"}' "$claims" "$2" | base64url)
key=$(mktemp)
trap 'rm -f "$key"' EXIT
printf '%b' "$(field private_key)" > "$key"
signature=$(printf '%s' "$signed" | openssl dgst -sha256 -sign "$key" | base64url)

token=$(curl -sSf -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \
  -d "assertion=$signed.$signature" "$(field token_uri)" | sed -n 's/.*"id_token": *"\([^"]*\)".*/\1/p')
curl -sSf -H "Authorization: Bearer $token" "$1"
