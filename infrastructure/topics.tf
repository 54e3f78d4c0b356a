resource "aws_sns_topic" "this" {
  for_each = module.topology.topics

  name = "${var.name}-${each.key}"

  # The account's own key for SNS. Who publishes here are roles of the account, which may use it; AWS's services may not.
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic_policy" "this" {
  for_each = module.topology.topics

  arn = aws_sns_topic.this[each.key].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EncryptedInTransit"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sns:Publish"
      Resource  = "${local.arn.topic}-${each.key}"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_sns_topic_subscription" "this" {
  for_each = module.topology.subscriptions

  topic_arn            = "${local.arn.topic}-${each.value.topic}"
  protocol             = "sqs"
  endpoint             = "${local.arn.queue}-${each.key}"
  raw_message_delivery = true
  filter_policy        = each.value.filter == null ? null : jsonencode(each.value.filter)
  filter_policy_scope  = each.value.filter == null ? null : "MessageAttributes"
  redrive_policy       = jsonencode({ deadLetterTargetArn = "${local.arn.queue}-dead-letters" })

  depends_on = [aws_sns_topic_policy.this, aws_sqs_queue_policy.this]
}
