# What variables switch on and off, without AWS: a mock answers in its place. It expects ../dist as `make package` makes it.
# The first run makes everything; the others plan from there.

mock_provider "aws" {
  mock_resource "aws_apigatewayv2_api" {
    defaults = {
      id            = "a1b2c3"
      api_endpoint  = "https://a1b2c3.execute-api.us-east-1.amazonaws.com"
      execution_arn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3"
    }
  }

  mock_resource "aws_cloudfront_distribution" {
    defaults = {
      arn         = "arn:aws:cloudfront::123456789012:distribution/E1"
      domain_name = "d1.cloudfront.net"
    }
  }

  mock_resource "aws_cloudfront_function" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:function/console" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:log" }
  }

  mock_resource "aws_cognito_user_pool" {
    defaults = {
      id       = "us-east-1_pool"
      endpoint = "cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
    }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = { stream_arn = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/1" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/role" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:function:function" }
  }

  mock_resource "aws_lambda_layer_version" {
    defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:layer:layer:1" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:topic" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "210987654321" }
  }
}

variables {
  account_id   = "123456789012"
  staff_emails = ["ada@example.org"]
}

run "everything" {
  assert {
    condition     = output.site_url == "https://d1.cloudfront.net" && output.public_url == output.site_url
    error_message = "People come to CloudFront."
  }

  assert {
    condition     = module.function["get_products"].function_name == "ordermill-get_products"
    error_message = "A function is called after the deployment."
  }

  assert {
    condition     = aws_apigatewayv2_authorizer.staff[0].jwt_configuration[0].issuer == "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
    error_message = "Staff's tokens come from the pool."
  }

  assert {
    condition = jsondecode(aws_s3_object.deployment[0].content) == {
      name      = "ordermill"
      region    = "us-east-1"
      pipeline  = "workflow"
      dashboard = output.dashboard_url
      home      = output.public_url
      signIn = {
        issuer   = output.sign_in.issuer
        clientId = output.sign_in.client_id
        back     = "https://d1.cloudfront.net/console"
        scope    = "openid email aws.cognito.signin.user.admin"
        page     = "${output.sign_in.domain}/oauth2/authorize"
        token    = "${output.sign_in.domain}/oauth2/token"
        revoke   = "${output.sign_in.domain}/oauth2/revoke"
        signOut  = "${output.sign_in.domain}/logout"
      }
    }
    error_message = "The pages know where they are, and where staff sign in."
  }

  assert {
    condition     = one([for behavior in aws_cloudfront_distribution.site[0].ordered_cache_behavior : one(behavior.function_association).function_arn if behavior.path_pattern == "/console*"]) == aws_cloudfront_function.console[0].arn
    error_message = "Every view of the console is its page."
  }

  assert {
    condition     = contains(aws_cognito_user_pool_client.console[0].callback_urls, "https://d1.cloudfront.net/console")
    error_message = "Who signed in comes back to the console."
  }

  assert {
    condition = one([
      for statement in jsondecode(aws_s3_bucket_policy.this["site"].policy).Statement : statement.Condition.StringEquals if statement.Effect == "Allow"
    ]) == { "aws:SourceArn" = "arn:aws:cloudfront::123456789012:distribution/E1" }
    error_message = "The distribution alone reads the pages."
  }

  assert {
    condition     = aws_lambda_permission.api["GET /orders/{orderId}/history"].source_arn == "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/$default/GET/orders/*/history"
    error_message = "The gateway may call a function for its own route."
  }

  assert {
    condition = alltrue([
      for queue in keys(aws_sqs_queue.this) : strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "\"ordermill-${queue}\"")
    ])
    error_message = "The dashboard shows every queue."
  }

  assert {
    condition     = strcontains(aws_cloudwatch_dashboard.this[0].dashboard_body, "\"a1b2c3\"")
    error_message = "And the API."
  }

  assert {
    condition     = length(aws_ssm_parameter.secret) == 3
    error_message = "Every secret is there, if only as a dash."
  }
}

run "the_account_is_asked_for" {
  command = plan

  variables {
    account_id = ""
  }

  assert {
    condition     = output.account_id == "210987654321" && output.buckets["code"] == "ordermill-210987654321-us-east-1-code"
    error_message = "An account that nobody named is AWS's to name."
  }
}

run "the_api_alone" {
  command = plan

  variables {
    site = false
  }

  assert {
    condition     = output.site_url == null && output.public_url == "https://a1b2c3.execute-api.us-east-1.amazonaws.com"
    error_message = "Without the site people come to the API."
  }

  assert {
    condition     = length(aws_cloudfront_distribution.site) + length(aws_s3_object.page) == 0 && !contains(keys(aws_s3_bucket.this), "site")
    error_message = "And there is nothing of it."
  }
}

run "a_domain_of_ones_own" {
  command = plan

  variables {
    domain          = "orders.example.org"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    zone_id         = "Z1"
  }

  assert {
    condition     = output.public_url == "https://orders.example.org"
    error_message = "People come to the domain."
  }

  assert {
    condition     = aws_cloudfront_distribution.site[0].viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" && length(aws_route53_record.site) == 2
    error_message = "By today's TLS, over both protocols."
  }
}

run "nobody_signs_in" {
  command = plan

  variables {
    staff_emails = []
  }

  assert {
    condition     = length(aws_cognito_user_pool.staff) + length(aws_apigatewayv2_authorizer.staff) == 0 && output.sign_in == null
    error_message = "Without staff there is no pool."
  }

  assert {
    condition     = jsondecode(aws_s3_object.deployment[0].content).signIn == null
    error_message = "And the pages know that nobody signs in."
  }

  assert {
    condition     = alltrue([for route in values(aws_apigatewayv2_route.this) : route.authorization_type == "NONE"])
    error_message = "Nor a route that asks for one."
  }
}

run "mail_is_sent" {
  command = plan

  variables {
    mail      = "ses"
    mail_from = "Orders of Ada <orders@shop.example>"
  }

  assert {
    condition     = aws_sesv2_email_identity.this[0].email_identity == "shop.example" && !contains(keys(aws_s3_bucket.this), "mail")
    error_message = "The sender's domain is what SES verifies, and nothing is stored."
  }
}

run "nobody_watches" {
  command = plan

  variables {
    alarms    = false
    dashboard = false
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) + length(aws_cloudwatch_dashboard.this) == 0 && output.dashboard_url == null
    error_message = "What is billed by the month can be left out."
  }
}

run "torn_down_with_what_is_in_it" {
  command = plan

  variables {
    protection    = false
    force_destroy = true
  }

  assert {
    condition     = alltrue([for bucket in values(aws_s3_bucket.this) : bucket.force_destroy]) && alltrue([for table in values(aws_dynamodb_table.this) : !table.deletion_protection_enabled])
    error_message = "Nothing holds on."
  }
}

run "one_function_may_do_more_at_once" {
  command = plan

  variables {
    maximum_concurrency    = 20
    maximum_concurrency_of = { process_order = 400 }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.queue["order-queue"].scaling_config[0].maximum_concurrency == 400 && aws_lambda_event_source_mapping.queue["mail-queue"].scaling_config[0].maximum_concurrency == 20
    error_message = "The number of a function goes before that of all."
  }
}

run "wrong_values" {
  command = plan

  variables {
    name                 = "Ordermill"
    account_id           = "12"
    pipeline             = "workflow"
    mail                 = "smoke-signals"
    payments             = "stripe"
    labels               = "guesses"
    label_min_confidence = 1.1
    mail_from            = "nobody"
    domain               = "orders.example.org"
    public_url           = "https://orders.example.org/"
    staff_mfa            = "MAYBE"
    maximum_concurrency  = 1
    log_retention_days   = 31
  }

  expect_failures = [
    var.name, var.account_id, var.mail, var.stripe_key, var.labels, var.label_min_confidence, var.mail_from, var.domain, var.public_url, var.staff_mfa, var.maximum_concurrency,
    var.log_retention_days,
  ]
}

run "packaged_for_something_else" {
  command = plan

  variables {
    lambda_runtime = "python3.12"
  }

  expect_failures = [output.functions]
}

run "not_packaged" {
  command = plan

  variables {
    lambda_architecture = "x86_64"
  }

  expect_failures = [var.package_dir]
}
