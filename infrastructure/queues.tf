# Queues, and which queue takes what another could not.

locals {
  day_s = 24 * 3600

  # A redriven message keeps the time at which it was first sent, so each queue keeps longer than the one before.
  queues = merge(
    {
      for name, queue in module.topology.queues : name => {
        visibility_s = queue.visibility_s
        keep_s       = 4 * local.day_s
        max_receives = queue.max_receives
        then         = "dead-letters"
      }
    },
    {
      "dead-letters" = {
        visibility_s = max([for letters in values(module.topology.letters) : letters.visibility_s]...)
        keep_s       = 10 * local.day_s
        # SQS counts on from queue to queue: those receives are among them that made it a dead letter.
        max_receives = 20
        then         = "dead-messages"
      }
      "dead-messages" = { visibility_s = 60, keep_s = 14 * local.day_s, max_receives = null, then = null }
    },
  )

  # Which service puts messages into a queue on its own account, for which of our resources.
  senders = {
    for name in keys(local.queues) : name => concat(
      [
        for queue, subscription in module.topology.subscriptions :
        { service = "sns.amazonaws.com", source = "${local.arn.topic}-${subscription.topic}" } if queue == name
      ],
      [
        for topic in distinct([for subscription in values(module.topology.subscriptions) : subscription.topic]) :
        { service = "sns.amazonaws.com", source = "${local.arn.topic}-${topic}" } if name == "dead-letters"
      ],
      [
        for bucket in ["${local.arn.bucket}-stream-failures"] :
        { service = "s3.amazonaws.com", source = bucket } if name == "dead-letters"
      ],
    )
  }
}

resource "aws_sqs_queue" "this" {
  for_each = local.queues

  name                       = "${var.name}-${each.key}"
  visibility_timeout_seconds = each.value.visibility_s
  message_retention_seconds  = each.value.keep_s

  # SQS's own key: SNS and S3 may send to such a queue without a customer's key, which would be billed by the month.
  sqs_managed_sse_enabled = true
}

# Beside the queues, not in them: AWS takes its time over each change of a queue, and so none waits for another.
resource "aws_sqs_queue_redrive_policy" "this" {
  for_each = { for name, queue in local.queues : name => queue if queue.then != null }

  queue_url = aws_sqs_queue.this[each.key].id
  redrive_policy = jsonencode({
    deadLetterTargetArn = "${local.arn.queue}-${each.value.then}"
    maxReceiveCount     = each.value.max_receives
  })

  depends_on = [aws_sqs_queue.this]
}

resource "aws_sqs_queue_policy" "this" {
  for_each = local.queues

  queue_url = aws_sqs_queue.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "EncryptedInTransit"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "${local.arn.queue}-${each.key}"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [
        for sender in local.senders[each.key] : {
          Effect    = "Allow"
          Principal = { Service = sender.service }
          Action    = "sqs:SendMessage"
          Resource  = "${local.arn.queue}-${each.key}"
          Condition = {
            ArnEquals    = { "aws:SourceArn" = sender.source }
            StringEquals = { "aws:SourceAccount" = local.account_id }
          }
        }
      ],
    )
  })
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = merge(module.topology.queues, {
    for function, letters in module.topology.letters : "dead-letters" => { function = function, batch = letters.batch }
  })

  function_name           = module.function[each.value.function].function_name
  event_source_arn        = "${local.arn.queue}-${each.key}"
  batch_size              = each.value.batch
  function_response_types = ["ReportBatchItemFailures"]

  # This holds a consumer back and leaves the account's concurrency to all; a reserve would be taken from the others.
  scaling_config {
    maximum_concurrency = lookup(var.maximum_concurrency_of, each.value.function, var.maximum_concurrency)
  }

  # The first that fails needs somewhere to go.
  depends_on = [aws_sqs_queue_redrive_policy.this]
}
