# Readers of tables' streams. A record that fails goes to the function's retry queue, by the function itself; only what kills
# it is tried again by the mapping, and in the end laid down whole in a bucket, of which the dead letters are told.

resource "aws_lambda_event_source_mapping" "stream" {
  for_each = module.topology.streams

  function_name           = module.function[each.value.function].function_name
  event_source_arn        = aws_dynamodb_table.this[each.value.table].stream_arn
  function_response_types = ["ReportBatchItemFailures"]

  # From what is still there, not from now on: a new mapping takes minutes to be in force everywhere.
  starting_position = "TRIM_HORIZON"

  # A reader that waits for the world takes few at once, and of each shard ten batches side by side, an order's one by one.
  batch_size                     = each.value.outside ? min(each.value.batch, 10) : each.value.batch
  parallelization_factor         = each.value.outside ? 10 : 1
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = 10
  # Half of what a stream keeps: the rest is time to mend things in.
  maximum_record_age_in_seconds = 12 * 3600

  dynamic "filter_criteria" {
    for_each = length(each.value.patterns) > 0 ? [each.value.patterns] : []

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
      }
    }
  }

  destination_config {
    on_failure {
      destination_arn = "${local.arn.bucket}-stream-failures"
    }
  }

  depends_on = [aws_s3_bucket_notification.stream_failures]
}

resource "aws_s3_bucket_notification" "stream_failures" {
  bucket = aws_s3_bucket.this["stream-failures"].id

  queue {
    id        = "dead-letters"
    queue_arn = "${local.arn.queue}-dead-letters"
    events    = ["s3:ObjectCreated:*"]
  }

  # S3 tries whether it may.
  depends_on = [aws_sqs_queue_policy.this]
}
