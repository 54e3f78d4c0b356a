locals {
  tables = merge(module.topology.tables, {
    # What the payment gateway's adapter remembers of each key.
    payments = { key = "paymentKey", range = null, ttl = null, stream = false, indexes = {}, attributes = toset(["paymentKey"]) }
  })
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name                        = "${var.name}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.key
  range_key                   = each.value.range
  stream_enabled              = each.value.stream
  stream_view_type            = each.value.stream ? "NEW_AND_OLD_IMAGES" : null
  deletion_protection_enabled = var.protection

  dynamic "attribute" {
    for_each = each.value.attributes

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.key
      range_key       = global_secondary_index.value.range
      projection_type = "KEYS_ONLY"
    }
  }

  dynamic "ttl" {
    for_each = each.value.ttl == null ? [] : [each.value.ttl]

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  # By the account's own key for DynamoDB, whose use CloudTrail shows, and which costs nothing while nobody asks.
  server_side_encryption {
    enabled = true
  }
}
