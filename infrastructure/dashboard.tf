# One page, drawn from the topology: what comes in, what waits, what fails.

locals {
  dashboard_url = !var.dashboard ? null : "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards:name=${var.name}"

  widgets = concat(
    [
      {
        title = "Requests"
        metrics = [
          for metric in ["Count", "4xx", "5xx"] : ["AWS/ApiGateway", metric, "ApiId", aws_apigatewayv2_api.this.id, { stat = "Sum" }]
        ]
      },
      {
        title = "How long requests take, in milliseconds"
        metrics = [
          for statistic in ["p50", "p99"] : ["AWS/ApiGateway", "Latency", "ApiId", aws_apigatewayv2_api.this.id, { stat = statistic }]
        ]
      },
      {
        title = "Oldest message, in seconds"
        metrics = [
          for queue in concat(sort(keys(module.topology.queues)), ["dead-letters"]) :
          ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${var.name}-${queue}", { label = queue, stat = "Maximum" }]
        ]
      },
      {
        title = "Messages that wait"
        metrics = [
          for queue in concat(sort(keys(module.topology.queues)), ["dead-letters", "dead-messages"]) :
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${var.name}-${queue}", { label = queue, stat = "Maximum" }]
        ]
      },
      {
        title = "How far streams' readers are behind, in milliseconds"
        metrics = [
          for stream in values(module.topology.streams) :
          ["AWS/Lambda", "IteratorAge", "FunctionName", "${var.name}-${stream.function}", { label = stream.function, stat = "Maximum" }]
        ]
      },
    ],
    [
      for metric, title in { Errors = "Functions that failed", Throttles = "Functions that had to wait", Duration = "How long functions take, in milliseconds" } : {
        title                       = title
        metrics = [
          [{ expression = "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"${metric}\" FunctionName=\"${var.name}-\"', '${metric == "Duration" ? "p99" : "Sum"}', 300)" }]
        ]
      }
    ],
    [
      for name in keys(module.topology.workflows) : {
        title = "Executions of ${name}"
        metrics = [
          for metric in ["ExecutionsStarted", "ExecutionsFailed", "ExecutionsTimedOut"] :
          ["AWS/States", metric, "StateMachineArn", "arn:aws:states:${var.region}:${local.account_id}:stateMachine:${var.name}-${name}", { stat = "Sum" }]
        ]
      }
    ],
    [{
      title = "Tables that had to refuse"
      metrics = [
        [{ expression = "SEARCH('{AWS/DynamoDB,TableName,Operation} MetricName=\"ThrottledRequests\" TableName=\"${var.name}-\"', 'Sum', 300)" }]
      ]
    }],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.widgets : {
        type   = "metric"
        x      = 12 * (index % 2)
        y      = 6 * floor(index / 2)
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          metrics = widget.metrics
          region  = var.region
          view    = "timeSeries"
          period  = 300
        }
      }
    ]
  })
}
