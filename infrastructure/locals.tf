# The account is asked for only where nobody said it, so that a plan needs no answer from AWS.
data "aws_caller_identity" "this" {
  count = var.account_id == "" ? 1 : 0
}

locals {
  account_id = var.account_id == "" ? data.aws_caller_identity.this[0].account_id : var.account_id
  staff      = length(var.staff_emails) > 0

  topology_file = var.topology_file == null ? "${path.module}/../topology/topology.json" : var.topology_file
  package_dir   = var.package_dir == null ? "${path.module}/../dist" : var.package_dir

  # ARNs from names, not from resources: so a plan shows every policy whole.
  arn = {
    queue    = "arn:aws:sqs:${var.region}:${local.account_id}:${var.name}"
    topic    = "arn:aws:sns:${var.region}:${local.account_id}:${var.name}"
    function = "arn:aws:lambda:${var.region}:${local.account_id}:function:${var.name}"
    bucket   = "arn:aws:s3:::${var.name}-${local.account_id}-${var.region}"
  }
}

module "topology" {
  source = "./modules/topology"

  file          = local.topology_file
  pipeline      = var.pipeline
  prefix        = var.name
  region        = var.region
  account_id    = local.account_id
  staff         = local.staff
  mail          = var.mail
  mail_identity = local.mail_identity
  payments      = var.payments
  labels        = var.labels
  tracing       = var.tracing
}
