# One function: its code, its role, its log, and where its failures go.

locals {
  # The hash in the key makes it another object whenever the code is another.
  key = "${var.name}/${replace(replace(var.package.sha256, "/", "_"), "+", "-")}.zip"
}

resource "aws_s3_object" "package" {
  bucket      = var.code_bucket
  key         = local.key
  source      = var.package.path
  source_hash = var.package.sha256

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.prefix}-${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "this" {
  name        = "${var.prefix}-${var.region}-${var.name}"
  description = var.caption

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "grants"
  role   = aws_iam_role.this.name
  policy = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}

resource "aws_lambda_function" "this" {
  function_name = "${var.prefix}-${var.name}"
  description   = var.caption
  role          = aws_iam_role.this.arn

  # Through a bucket, because what is uploaded with the call itself goes one function after another, and at most 50 MB.
  s3_bucket        = aws_s3_object.package.bucket
  s3_key           = aws_s3_object.package.key
  source_code_hash = var.package.sha256
  handler          = var.handler
  layers           = var.layers
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory_mb
  timeout          = var.timeout_s

  environment {
    variables = var.environment
  }

  # JSON leaves lines alone that are JSON already, as ours are; with Text, Lambda's own lines would not be JSON. From WARN on,
  # it leaves out its three lines for each invocation, which say no more than the metrics do and cost more than ours.
  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = "INFO"
    system_log_level      = "WARN"
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  # Without it, it would run into refusals at first; and whatever needs the function waits for its permissions too.
  depends_on = [aws_iam_role_policy.this]
}

# What is sent back to its own queue comes later each time, and a limited number of times: Lambda need not take it for a loop.
resource "aws_lambda_function_recursion_config" "this" {
  count = var.sends_back ? 1 : 0

  function_name  = aws_lambda_function.this.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.failures_to == null ? 0 : 1

  function_name                = aws_lambda_function.this.function_name
  maximum_event_age_in_seconds = 300
  maximum_retry_attempts       = 2

  destination_config {
    on_failure {
      destination = var.failures_to
    }
  }
}
