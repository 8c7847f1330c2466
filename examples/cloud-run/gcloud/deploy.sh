#!/usr/bin/env bash
# What terraform/ does, by gcloud: from an empty project to the three services. It can be run again.
#   PROJECT=acme REGION=us-central1 ENVIRONMENT=prod gcloud/deploy.sh
# Run it in this folder, after `gcloud auth login`.
set -euo pipefail
PROJECT=${PROJECT:?the id of your project}
REGION=${REGION:-us-central1}
ENVIRONMENT=${ENVIRONMENT:-prod}
IMAGE=$REGION-docker.pkg.dev/$PROJECT/acme/services:$(git rev-parse --short HEAD 2>/dev/null || date +%Y%m%d%H%M%S)
NUMBER=$(gcloud projects describe "$PROJECT" --format='value(projectNumber)')

# Runs a command that creates something, which may be there already.
once() {
  local said
  said=$("$@" --project="$PROJECT" 2>&1) || [[ $said == *[Aa]lready\ exist* || $said == *ALREADY_EXISTS* ]] || {
    echo "$said" >&2
    return 1
  }
}

gcloud services enable --project="$PROJECT" artifactregistry.googleapis.com cloudbuild.googleapis.com \
  iam.googleapis.com pubsub.googleapis.com run.googleapis.com

# 1. An account for each service, and one for the push.
for account in login-run user-profiles-run search-run profiles-changed; do
  once gcloud iam service-accounts create "$account"
done

# 2. The image, with the policy in it.
once gcloud artifacts repositories create acme --repository-format=docker --location="$REGION"
gcloud builds submit --project="$PROJECT" --tag="$IMAGE"

# 3. The services. login is public, by its invoker check being off: no allUsers is needed.
deploy() {
  local service=$1
  shift
  gcloud run deploy "$service" --project="$PROJECT" --region="$REGION" --image="$IMAGE" --args="services/$service.ts" \
    --service-account="$service-run@$PROJECT.iam.gserviceaccount.com" --set-env-vars="COUNTERSIGN_ENVIRONMENT=$ENVIRONMENT" \
    --startup-probe=httpGet.path=/ready "$@"
}
deploy search --no-allow-unauthenticated --add-custom-audiences=https://search.acme.example
deploy user-profiles --no-allow-unauthenticated
deploy login --no-invoker-iam-check

# 4. Who may invoke which private service: what the policy says. login is public already.
npx countersign policy iam countersign.jsonc --environment "$ENVIRONMENT" | grep -v allUsers > grants.sh
bash -e grants.sh

# 5. Pub/Sub delivers to search, signed by the account profiles-changed.
AGENT=serviceAccount:service-$NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com
once gcloud pubsub topics create profiles-changed
once gcloud pubsub topics create profiles-changed-undelivered
once gcloud pubsub subscriptions create profiles-changed --topic=profiles-changed \
  --push-endpoint="https://search-$NUMBER.$REGION.run.app/push/profiles-changed" \
  --push-auth-service-account="profiles-changed@$PROJECT.iam.gserviceaccount.com" \
  --push-auth-token-audience=https://search.acme.example \
  --dead-letter-topic=profiles-changed-undelivered --max-delivery-attempts=10 \
  --min-retry-delay=10s --max-retry-delay=600s
# Its agent makes the tokens (only agents from before April 2021 need this role), and gives up by the dead-letter topic.
gcloud iam service-accounts add-iam-policy-binding "profiles-changed@$PROJECT.iam.gserviceaccount.com" \
  --project="$PROJECT" --member="$AGENT" --role=roles/iam.serviceAccountTokenCreator
gcloud pubsub topics add-iam-policy-binding profiles-changed-undelivered \
  --project="$PROJECT" --member="$AGENT" --role=roles/pubsub.publisher
gcloud pubsub subscriptions add-iam-policy-binding profiles-changed \
  --project="$PROJECT" --member="$AGENT" --role=roles/pubsub.subscriber

echo "Try it: curl https://login-$NUMBER.$REGION.run.app/welcome/7"
