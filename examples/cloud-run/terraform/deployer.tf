# What the workflow in .github runs as. It has no key: GitHub's own token is exchanged for its tokens.

variable "repository" {
  description = "The repository on GitHub that may deploy, such as acme/services"
  type        = string
}

variable "state_bucket" {
  description = "The bucket with Terraform's state"
  type        = string
}

resource "google_service_account" "deployer" {
  account_id   = "deployer"
  display_name = "Deploys from GitHub"
  depends_on   = [google_project_service.api]
}

resource "google_iam_workload_identity_pool" "github" {
  workload_identity_pool_id = "github"
  depends_on                = [google_project_service.api]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
  }
  # Any repository on GitHub gets tokens of this issuer. Only yours, and only its main branch, comes in.
  attribute_condition = "assertion.repository == '${var.repository}' && assertion.ref == 'refs/heads/main'"
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account_iam_member" "github_deploys" {
  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/attribute.repository/${var.repository}"
}

# It changes services and who may invoke them, and reads the rest for `terraform plan`. A change of accounts, topics
# or roles fails there: a person applies that.
resource "google_project_iam_member" "deployer" {
  for_each = toset([
    "roles/artifactregistry.writer",
    "roles/iam.securityReviewer",
    "roles/run.admin",
    "roles/viewer",
  ])
  project = var.project
  role    = each.key
  member  = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_service_account_iam_member" "deployer_acts_as" {
  for_each           = local.services
  service_account_id = google_service_account.service[each.key].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_storage_bucket_iam_member" "deployer_keeps_state" {
  bucket = var.state_bucket
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.deployer.email}"
}

output "workload_identity_provider" {
  value = google_iam_workload_identity_pool_provider.github.name
}
