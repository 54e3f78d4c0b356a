locals {
  package_name   = startswith(var.lambda_runtime, "provided") ? "provided" : var.lambda_architecture
  package_folder = "${local.package_dir}/lambda/${local.package_name}"
  package        = jsondecode(file("${local.package_folder}/package.json"))

  # The one that this deployment is reached at.
  own_url = var.domain != "" ? "https://${var.domain}" : (
    var.site ? "https://${aws_cloudfront_distribution.site[0].domain_name}" : aws_apigatewayv2_api.this.api_endpoint
  )
  public_url = var.public_url != "" ? var.public_url : local.own_url

  environment = merge(
    {
      ORDERMILL_PREFIX               = var.name
      ORDERMILL_ACCOUNT              = local.account_id
      ORDERMILL_PIPELINE             = var.pipeline
      ORDERMILL_CATALOGUE            = var.catalogue
      ORDERMILL_PUBLIC_URL           = local.public_url
      ORDERMILL_ORDER_DEADLINE_S     = tostring(var.order_deadline_s)
      ORDERMILL_PAYMENT_TIMEOUT_MS   = tostring(var.payment_timeout_ms)
      ORDERMILL_RETRY_BASE_MS        = tostring(var.retry_base_ms)
      ORDERMILL_ALERT_INFO           = var.alert_info ? "1" : "0"
      ORDERMILL_ALLOW_LOCAL_WEBHOOKS = var.allow_local_webhooks ? "1" : "0"
      ORDERMILL_MAIL                 = var.mail
      ORDERMILL_MAIL_FROM            = var.mail_from
      ORDERMILL_PAYMENTS             = var.payments
      ORDERMILL_LABELS               = var.labels
      ORDERMILL_LABEL_MIN_CONFIDENCE = tostring(var.label_min_confidence)
    },
    # A token is one of staff only if it is of this pool and this client: Cognito verifies those of all pools.
    {
      for pool in aws_cognito_user_pool.staff : "ORDERMILL_STAFF_ISSUER" => "https://${pool.endpoint}"
    },
    {
      for client in aws_cognito_user_pool_client.console : "ORDERMILL_STAFF_CLIENT" => client.id
    },
    { for group in aws_cognito_user_group.staff : "ORDERMILL_STAFF_GROUP" => group.name },
    { for url in [var.stripe_url] : "ORDERMILL_STRIPE_URL" => url if url != "" },
    var.lambda_environment,
  )
}

resource "aws_s3_object" "layer" {
  for_each = local.package.layers

  bucket      = aws_s3_bucket.this["code"].bucket
  key         = "${each.key}/${replace(replace(each.value.sha256, "/", "_"), "+", "-")}.zip"
  source      = "${local.package_folder}/${each.value.file}"
  source_hash = each.value.sha256

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lambda_layer_version" "this" {
  for_each = local.package.layers

  layer_name               = "${var.name}-${each.key}"
  description              = "Packages of others that the functions use"
  s3_bucket                = aws_s3_object.layer[each.key].bucket
  s3_key                   = aws_s3_object.layer[each.key].key
  source_code_hash         = each.value.sha256
  compatible_runtimes      = [var.lambda_runtime]
  compatible_architectures = [var.lambda_architecture]

  lifecycle {
    create_before_destroy = true
  }
}

module "function" {
  source   = "./modules/function"
  for_each = module.topology.functions

  name        = each.key
  prefix      = var.name
  region      = var.region
  caption     = each.value.caption
  statements  = each.value.statements
  memory_mb   = each.value.memory_mb
  timeout_s   = each.value.timeout_s
  environment = merge(local.environment, { ORDERMILL_FUNCTION = each.key })

  package = !contains(keys(local.package.functions), each.key) ? null : {
    path   = "${local.package_folder}/${local.package.functions[each.key].file}"
    sha256 = local.package.functions[each.key].sha256
  }
  code_bucket  = aws_s3_bucket.this["code"].bucket
  layers       = [for layer in try(local.package.functions[each.key].layers, []) : aws_lambda_layer_version.this[layer].arn]
  handler      = local.package.handler
  runtime      = var.lambda_runtime
  architecture = var.lambda_architecture

  log_retention_days = var.log_retention_days
  tracing            = var.tracing
  sends_back         = each.value.sends_back
  failures_to        = each.value.scheduled ? "${local.arn.queue}-dead-letters" : null

  # Where its failures go has to be there.
  depends_on = [aws_sqs_queue.this, aws_sqs_queue_policy.this]
}
