# The HTTP API: the topology's routes and no other.

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "Orders"
  protocol_type = "HTTP"
  # No page of another origin has any business here, so nothing is said of CORS.
}

resource "aws_apigatewayv2_integration" "this" {
  for_each = toset([for route in values(module.topology.routes) : route.function])

  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_method     = "POST"
  integration_uri        = "arn:aws:apigateway:${var.region}:lambda:path/2015-03-31/functions/${local.arn.function}-${each.key}/invocations"
  payload_format_version = "2.0"
  # The longest there is: a function is over before.
  timeout_milliseconds = 30000
}

resource "aws_apigatewayv2_route" "this" {
  for_each = module.topology.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.this[each.value.function].id}"
  authorization_type = each.value.access == "staff" ? "JWT" : "NONE"
  authorizer_id      = each.value.access == "staff" ? aws_apigatewayv2_authorizer.staff[0].id : null
}

resource "aws_lambda_permission" "api" {
  for_each = module.topology.routes

  statement_id  = "api-${substr(sha256(each.key), 0, 16)}"
  action        = "lambda:InvokeFunction"
  function_name = module.function[each.value.function].function_name
  principal     = "apigateway.amazonaws.com"
  # A parameter of the path is a star: the gateway may say what was asked for, or the route.
  source_arn = "${aws_apigatewayv2_api.this.execution_arn}/$default/${replace(replace(each.key, " /", "/"), "/{[^}]*}/", "*")}"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.throttle_rate
    throttling_burst_limit   = var.throttle_burst
    detailed_metrics_enabled = false
  }

  # Routes, not paths: these have ids in them. No address either: it is a person's.
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = jsonencode({
      requestId         = "$context.requestId"
      requestTime       = "$context.requestTime"
      routeKey          = "$context.routeKey"
      status            = "$context.status"
      responseLength    = "$context.responseLength"
      responseLatency   = "$context.responseLatency"
      integrationStatus = "$context.integration.integrationStatus"
      integrationError  = "$context.integrationErrorMessage"
      authorizerError   = "$context.authorizer.error"
    })
  }
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
}
