output "api_url" {
  description = "The API by itself."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "site_url" {
  description = "Pages and API together, null without the site."
  value       = var.site ? local.own_url : null
}

output "public_url" {
  description = "What links begin with."
  value       = local.public_url
}

output "prefix" {
  description = "Begins the name of everything."
  value       = var.name
}

output "region" {
  description = "Where it stands."
  value       = var.region
}

output "account_id" {
  description = "Whose it is."
  value       = local.account_id
}

output "pipeline" {
  description = "How orders are taken in."
  value       = var.pipeline
}

output "functions" {
  description = "Function to what Lambda calls it."
  value       = { for name, function in module.function : name => function.function_name }

  precondition {
    condition     = local.package.runtime == var.lambda_runtime && local.package.architecture == var.lambda_architecture
    error_message = "It was packaged for ${local.package.runtime} on ${local.package.architecture}, not for ${var.lambda_runtime} on ${var.lambda_architecture}: run `make package` for these, or set lambda_runtime and lambda_architecture."
  }
}

output "tables" {
  description = "Table to what DynamoDB calls it."
  value       = { for name, table in aws_dynamodb_table.this : name => table.name }
}

output "queues" {
  description = "Queue to its URL."
  value       = { for name, queue in aws_sqs_queue.this : name => queue.url }
}

output "topics" {
  description = "Topic to its ARN."
  value       = { for name, topic in aws_sns_topic.this : name => topic.arn }
}

output "buckets" {
  description = "Bucket to what S3 calls it."
  value       = { for name, bucket in aws_s3_bucket.this : name => bucket.bucket }
}

output "state_machines" {
  description = "Workflow to its state machine's ARN."
  value       = { for name, machine in aws_sfn_state_machine.this : name => machine.arn }
}

output "sign_in" {
  description = "How staff sign in, null where nobody can."
  value = !local.staff ? null : {
    user_pool_id = aws_cognito_user_pool.staff[0].id
    client_id    = aws_cognito_user_pool_client.console[0].id
    issuer       = "https://${aws_cognito_user_pool.staff[0].endpoint}"
    group        = local.staff_group
    domain       = local.sign_in_url
    url          = var.site ? local.sign_in_page : null
  }
}

output "mail_identity" {
  description = "What SES is to verify, with the names of the DKIM records to publish; null where mail is stored."
  value = var.mail != "ses" ? null : {
    identity = local.mail_identity
    dkim     = [for token in flatten(aws_sesv2_email_identity.this[0].dkim_signing_attributes[*].tokens) : "${token}._domainkey.${local.mail_identity} CNAME ${token}.dkim.amazonses.com"]
  }
}

output "dashboard_url" {
  description = "The dashboard, null without one."
  value       = local.dashboard_url
}
