# Pub/Sub delivers to search, signed by an account of its own.

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_service_account" "push" {
  account_id   = "profiles-changed"
  display_name = "Signs the deliveries of profiles-changed"
  depends_on   = [google_project_service.api]
}

# Pub/Sub's agent makes the tokens. Only agents from before April 2021 need this role; it makes the right explicit.
resource "google_service_account_iam_member" "agent_signs" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
  depends_on         = [google_pubsub_topic.changed] # by then Pub/Sub has its agent
}

resource "google_pubsub_topic" "changed" {
  name       = "profiles-changed"
  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic" "undelivered" {
  name       = "profiles-changed-undelivered"
  depends_on = [google_project_service.api]
}

resource "google_pubsub_subscription" "changed" {
  name  = "profiles-changed"
  topic = google_pubsub_topic.changed.id

  push_config {
    push_endpoint = "${google_cloud_run_v2_service.service["search"].uri}/push/profiles-changed"
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = "https://search.acme.example"
    }
  }

  # A refusal is retried: without an end to it, a mistake in a list would be retried for 7 days.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.undelivered.id
    max_delivery_attempts = 10
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
}

resource "google_pubsub_topic_iam_member" "agent_gives_up" {
  topic  = google_pubsub_topic.undelivered.name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent_acknowledges" {
  subscription = google_pubsub_subscription.changed.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
