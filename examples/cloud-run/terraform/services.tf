locals {
  services = {
    login         = { public = true, custom_audiences = [] }
    user-profiles = { public = false, custom_audiences = [] }
    search        = { public = false, custom_audiences = ["https://search.acme.example"] }
  }
  private = { for name, service in local.services : name => service if !service.public }

  # One object for each grant: service, project, region, member, callers.
  grants = jsondecode(file("${path.module}/grants.json"))
}

# An account for each service: receivers know their callers by it.
resource "google_service_account" "service" {
  for_each     = local.services
  account_id   = "${each.key}-run"
  display_name = "What ${each.key} runs as"
  depends_on   = [google_project_service.api]
}

resource "google_cloud_run_v2_service" "service" {
  for_each = local.services
  name     = each.key
  location = var.region

  # A public service without allUsers, which organisation policies often forbid.
  invoker_iam_disabled = each.value.public
  custom_audiences     = each.value.custom_audiences

  template {
    service_account = google_service_account.service[each.key].email
    containers {
      image = var.image
      args  = ["services/${each.key}.ts"]
      env {
        name  = "COUNTERSIGN_ENVIRONMENT"
        value = var.environment
      }
      startup_probe {
        http_get {
          path = "/ready"
        }
      }
    }
  }
  depends_on = [google_project_service.api]
}

# All invokers of a private service, and no others: a member that somebody adds by hand is removed by the next apply.
resource "google_cloud_run_v2_service_iam_binding" "invokers" {
  for_each = local.private
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.service[each.key].name
  role     = "roles/run.invoker"
  members  = [for grant in local.grants : grant.member if grant.service == each.key]

  # A member has to exist before it can be granted anything.
  depends_on = [google_service_account.service, google_service_account.push]
}

output "login" {
  value = google_cloud_run_v2_service.service["login"].uri
}
