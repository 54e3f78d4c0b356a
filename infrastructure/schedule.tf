resource "aws_scheduler_schedule" "this" {
  for_each = module.topology.schedules

  name                = "${var.name}-${each.key}"
  description         = module.topology.functions[each.key].caption
  schedule_expression = each.value

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "${local.arn.function}-${each.key}"
    role_arn = aws_iam_role.schedule[each.key].arn

    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 5
    }

    dead_letter_config {
      arn = "${local.arn.queue}-dead-letters"
    }
  }

  depends_on = [aws_iam_role_policy.schedule, module.function]
}

resource "aws_iam_role" "schedule" {
  for_each = module.topology.schedules

  name        = "${var.name}-${var.region}-schedule-${each.key}"
  description = "Starts ${each.key} when its time has come"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  for_each = module.topology.schedules

  name = "grants"
  role = aws_iam_role.schedule[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = ["${local.arn.function}-${each.key}"] },
      { Effect = "Allow", Action = ["sqs:SendMessage"], Resource = ["${local.arn.queue}-dead-letters"] },
    ]
  })
}
