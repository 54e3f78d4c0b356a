# Few alarms, each about a kind of trouble. What goes wrong with one order is an alert of the system's own; these are for when
# it does not come to that.

resource "aws_sns_topic" "operators" {
  name = "${var.name}-operators"
  # Not by the account's key for SNS, which alarms may not use, nor by one of our own, which is billed by the month: what is said
  # here are the names of alarms.
}

resource "aws_sns_topic_policy" "operators" {
  arn = aws_sns_topic.operators.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "EncryptedInTransit"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = "${local.arn.topic}-operators"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = "${local.arn.topic}-operators"
        Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "operators" {
  for_each = var.operator_emails

  topic_arn = aws_sns_topic.operators.arn
  protocol  = "email"
  endpoint  = each.key
}

locals {
  # An alarm takes ten metrics at most.
  watched_queues = chunklist(sort(keys(module.topology.queues)), 10)
  watched_topics = sort([for topic in module.topology.topics : topic])

  # Each: what it means, metrics (namespace, name, dimensions, statistic), an expression over them, beyond which value, for how
  # many of its periods.
  alarms = !var.alarms ? {} : merge(
    {
      "dead-messages" = {
        description = "CRITICAL: dead letters that nobody could take. Nothing consumes them: see the log of ${join(", ", keys(module.topology.letters))}, mend the cause, and move them back to ${var.name}-dead-letters within ${local.queues["dead-messages"].keep_s / local.day_s} days."
        metrics     = [{ namespace = "AWS/SQS", name = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = "${var.name}-dead-messages" } }]
        statistic   = "Maximum", expression = "MAX(METRICS())", threshold = 0, period = 60, of = 1, at_least = 1
      }
      "dead-letters" = {
        description = "Dead letters wait: ${join(", ", keys(module.topology.letters))} does not keep up, or fails."
        metrics     = [{ namespace = "AWS/SQS", name = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = "${var.name}-dead-letters" } }]
        statistic   = "Maximum", expression = "MAX(METRICS())", threshold = 300, period = 60, of = 3, at_least = 3
      }
      "lost" = {
        description = "CRITICAL: something could not be delivered, nor laid with the dead letters. The metrics tell of what: invocations, subscriptions of topics, or the schedule."
        metrics = concat(
          [
            { namespace = "AWS/Lambda", name = "DestinationDeliveryFailures", dimensions = {} },
            { namespace = "AWS/Scheduler", name = "InvocationsFailedToBeSentToDeadLetterCount", dimensions = { ScheduleGroup = "default" } },
          ],
          [
            for topic in slice(local.watched_topics, 0, min(length(local.watched_topics), 8)) :
            { namespace = "AWS/SNS", name = "NumberOfNotificationsFailedToRedriveToDlq", dimensions = { TopicName = "${var.name}-${topic}" } }
          ],
        )
        statistic = "Sum", expression = "SUM(FILL(METRICS(), 0))", threshold = 0, period = 60, of = 1, at_least = 1
      }
      "errors" = {
        description = "Functions of this account and region fail as a whole: they crash, run out of time or memory, or cannot start."
        metrics     = [{ namespace = "AWS/Lambda", name = "Errors", dimensions = {} }]
        statistic   = "Sum", expression = "SUM(METRICS())", threshold = 5, period = 300, of = 3, at_least = 2
      }
      "throttles" = {
        description = "The account's concurrency in this region is used up: ask for more, or lower maximum_concurrency."
        metrics     = [{ namespace = "AWS/Lambda", name = "Throttles", dimensions = {} }]
        statistic   = "Sum", expression = "SUM(METRICS())", threshold = 0, period = 300, of = 3, at_least = 2
      }
      "api" = {
        description = "More than one request in a hundred is answered with a 5xx."
        metrics = [
          { namespace = "AWS/ApiGateway", name = "5xx", dimensions = { ApiId = aws_apigatewayv2_api.this.id } },
          { namespace = "AWS/ApiGateway", name = "Count", dimensions = { ApiId = aws_apigatewayv2_api.this.id } },
        ]
        statistic = "Sum", expression = "IF(m1 > 0, 100 * FILL(m0, 0) / m1, 0)", threshold = 1, period = 300, of = 3, at_least = 2
      }
    },
    {
      for index, names in local.watched_queues : "queues${index == 0 ? "" : "-${index + 1}"}" => {
        description = "A message waits for longer than ${var.oldest_message_s} s in one of ${join(", ", names)}."
        metrics     = [for name in names : { namespace = "AWS/SQS", name = "ApproximateAgeOfOldestMessage", dimensions = { QueueName = "${var.name}-${name}" } }]
        statistic   = "Maximum", expression = "MAX(FILL(METRICS(), 0))", threshold = var.oldest_message_s, period = 60, of = 5, at_least = 5
      }
    },
    {
      for readers in [sort(distinct([for stream in values(module.topology.streams) : stream.function]))] : "streams" => {
        description = "A stream's reader is a quarter of an hour behind: ${join(", ", readers)}."
        metrics     = [for name in readers : { namespace = "AWS/Lambda", name = "IteratorAge", dimensions = { FunctionName = "${var.name}-${name}" } }]
        statistic   = "Maximum", expression = "MAX(FILL(METRICS(), 0))", threshold = 900000, period = 60, of = 5, at_least = 5
      } if length(readers) > 0
    },
    {
      for name in keys(module.topology.workflows) : "workflow-${name}" => {
        # Not failures: a refused request is one too, and one that failed otherwise is a 5xx.
        description = "Executions of ${name} take too long, or are not begun."
        metrics = [
          for metric in ["ExecutionsTimedOut", "ExecutionThrottled"] :
          { namespace = "AWS/States", name = metric, dimensions = { StateMachineArn = "arn:aws:states:${var.region}:${local.account_id}:stateMachine:${var.name}-${name}" } }
        ]
        statistic = "Sum", expression = "SUM(FILL(METRICS(), 0))", threshold = 0, period = 300, of = 3, at_least = 2
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.of
  datapoints_to_alarm = each.value.at_least
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.operators.arn]
  ok_actions          = [aws_sns_topic.operators.arn]

  metric_query {
    id          = "watched"
    expression  = each.value.expression
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = "m${metric_query.key}"

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = each.value.statistic
        period      = each.value.period
      }
    }
  }
}
