# Every bucket: private, encrypted, by its own account alone, over TLS alone.

locals {
  buckets = merge(
    module.topology.buckets,
    { code = null, "stream-failures" = 30 },
    { for name in ["mail"] : name => var.mail_keep_days if var.mail == "store" },
    { for name in ["site"] : name => null if var.site },
  )
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket        = "${var.name}-${local.account_id}-${var.region}-${each.key}"
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = each.value == null ? [] : [each.value]

    content {
      id     = "expiry"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "EncryptedInTransit"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["${local.arn.bucket}-${each.key}", "${local.arn.bucket}-${each.key}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [
        for distribution in aws_cloudfront_distribution.site : {
          Sid       = "ReadByTheSite"
          Effect    = "Allow"
          Principal = { Service = "cloudfront.amazonaws.com" }
          # Who may not list is told 403 of what is not there, instead of 404.
          Action    = ["s3:GetObject", "s3:ListBucket"]
          Resource  = ["${local.arn.bucket}-${each.key}", "${local.arn.bucket}-${each.key}/*"]
          Condition = { StringEquals = { "aws:SourceArn" = distribution.arn } }
        } if each.key == "site"
      ],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}
