# State machines: Express, because they answer a request and are over in seconds.

resource "aws_sfn_state_machine" "this" {
  for_each = module.topology.workflows

  name       = "${var.name}-${each.key}"
  type       = "EXPRESS"
  role_arn   = aws_iam_role.workflow[each.key].arn
  definition = each.value.definition

  # Which states failed, and never what a customer sent.
  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.workflow[each.key].arn}:*"
    level                  = "ERROR"
    include_execution_data = false
  }

  tracing_configuration {
    enabled = var.tracing
  }

  depends_on = [aws_iam_role_policy.workflow, module.function]
}

# Names that begin so have room in the one policy by which all such logs of a region are allowed.
resource "aws_cloudwatch_log_group" "workflow" {
  for_each = module.topology.workflows

  name              = "/aws/vendedlogs/states/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "workflow" {
  for_each = module.topology.workflows

  name        = "${var.name}-${var.region}-workflow-${each.key}"
  description = "Runs the state machine ${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "states.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "workflow" {
  for_each = module.topology.workflows

  name = "grants"
  role = aws_iam_role.workflow[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      each.value.statements,
      # The delivery of logs knows no resources.
      [{
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
        ]
        Resource = ["*"]
      }],
      [
        for resource in ["*"] : {
          Effect   = "Allow"
          Action   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
          Resource = [resource]
        } if var.tracing
      ],
    )
  })
}
