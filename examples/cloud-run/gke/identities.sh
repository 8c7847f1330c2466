#!/usr/bin/env bash
# Lets each Kubernetes account of gke/services.yaml be the Google account of its service.
#   PROJECT=acme gke/identities.sh
# The cluster needs --workload-pool=PROJECT.svc.id.goog (Autopilot clusters have it).
set -euo pipefail
PROJECT=${PROJECT:?the id of your project}
for service in login user-profiles search; do
  account=$service-run@$PROJECT.iam.gserviceaccount.com
  gcloud iam service-accounts describe "$account" --project="$PROJECT" > /dev/null ||
    gcloud iam service-accounts create "$service-run" --project="$PROJECT"
  gcloud iam service-accounts add-iam-policy-binding "$account" --project="$PROJECT" \
    --member="serviceAccount:$PROJECT.svc.id.goog[acme/$service]" --role=roles/iam.workloadIdentityUser
done
