# Write-only: neither the state nor a plan has them. A version is part of what AWS is told, so that a new value is sent.

resource "aws_ssm_parameter" "signing_key" {
  name             = "/${var.name}/signing-key"
  description      = "What order tokens and cursors are signed with"
  type             = "SecureString"
  value_wo         = sha256("${uuid()}${uuid()}${uuid()}")
  value_wo_version = var.signing_key_version
}

locals {
  secrets = {
    "alert-targets"  = { value = var.alert_targets, description = "Whom alerts go to" }
    "webhook-secret" = { value = var.webhook_secret, description = "What posts to json+ targets are signed with" }
    "stripe-key"     = { value = var.stripe_key, description = "Stripe's secret key" }
  }
}

resource "aws_ssm_parameter" "secret" {
  for_each = toset(["alert-targets", "webhook-secret", "stripe-key"])

  name             = "/${var.name}/${each.key}"
  description      = local.secrets[each.key].description
  type             = "SecureString"
  value_wo         = coalesce(local.secrets[each.key].value, "-")
  value_wo_version = nonsensitive(1 + parseint(substr(sha256(local.secrets[each.key].value), 0, 6), 16))
}
