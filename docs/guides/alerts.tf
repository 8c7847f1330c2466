# Alerts on log lines of verifyCaller and serviceFetch. Lines are limited to ten a second and code:
# the alerts ask whether there is one.

variable "project" { type = string }
variable "page_channels" { type = list(string) }
variable "ticket_channels" { type = list(string) }

locals {
  countersign_alerts = {
    keys = {
      title    = "countersign: keys stale or unavailable"
      channels = var.page_channels
      filter   = "jsonPayload.code=(\"stale_keys_used\" OR \"keys_refresh_failed\" OR \"keys_unavailable\" OR \"audience_unavailable\")"
      runbook  = "Stale keys serve for a day, then every call is refused with 503. Check the receiver's way to www.googleapis.com."
    }
    tokens = {
      title    = "countersign: no ID token"
      channels = var.page_channels
      filter   = "jsonPayload.code=(\"identity_unavailable\" OR \"identity_timeout\" OR \"no_credentials\" OR \"token_rejected\" OR \"token_refresh_failed\")"
      runbook  = "The service makes no calls, or soon will not. Check its service account, its metadata server and NO_PROXY."
    }
    refused = {
      title    = "countersign: a known caller is refused"
      channels = var.ticket_channels
      filter   = "jsonPayload.code=(\"caller_not_allowed\" OR \"operation_not_allowed\" OR \"subject_mismatch\") AND jsonPayload.caller:*"
      runbook  = "If it began within ten minutes of a deploy, roll that back, or add the call to countersign.jsonc and deploy the receiver."
    }
    report_only = {
      title    = "countersign: enforcement is off in production"
      channels = var.ticket_channels
      filter   = "jsonPayload.code=(\"rules_in_force\" OR \"targets_in_force\") AND jsonPayload.mode=\"report-only\""
      runbook  = "Remove COUNTERSIGN_MODE=report-only from the service once why shows no call that would be refused."
    }
  }
}

resource "google_monitoring_alert_policy" "countersign" {
  for_each     = local.countersign_alerts
  project      = var.project
  display_name = each.value.title
  combiner     = "OR"

  conditions {
    display_name = "a log line"
    condition_matched_log {
      filter = each.value.filter
      label_extractors = {
        service = "EXTRACT(resource.labels.service_name)"
        code    = "EXTRACT(jsonPayload.code)"
      }
    }
  }

  alert_strategy {
    notification_rate_limit { period = "3600s" }
    auto_close = "7200s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "First: `countersign why --service $${log.extracted_label.service} --since 1h --project ${var.project}`\n\n${each.value.runbook}"
  }

  notification_channels = each.value.channels
}
