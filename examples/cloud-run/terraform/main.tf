# From an empty project to the three services. Before `terraform plan`, write what the policy grants, in the folder above:
#   npx countersign policy iam countersign.jsonc -e prod --json > terraform/grants.json

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
  backend "gcs" {} # terraform init -backend-config=bucket=YOUR_STATE_BUCKET
}

provider "google" {
  project = var.project
  region  = var.region
}

variable "project" {
  type = string
}

variable "region" {
  type    = string
  default = "us-central1"
}

variable "environment" {
  description = "The environment in countersign.jsonc"
  type        = string
  default     = "prod"
}

variable "image" {
  description = "The image with its tag or digest"
  type        = string
}

data "google_project" "this" {}

resource "google_project_service" "api" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "sts.googleapis.com",
  ])
  service            = each.key
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "acme"
  location      = var.region
  format        = "DOCKER"
  depends_on    = [google_project_service.api]
}
