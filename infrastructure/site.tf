# Pages and API at one origin: what a page loads lies in the bucket, whatever else is asked for is the API's, uncached.

locals {
  console = "/console"

  # What the pages read to know where they are, and how staff sign in: nothing of it is secret.
  deployment = {
    name      = var.name
    region    = var.region
    pipeline  = var.pipeline
    dashboard = local.dashboard_url
    home      = local.public_url
    signIn = !local.staff ? null : {
      issuer   = "https://${aws_cognito_user_pool.staff[0].endpoint}"
      clientId = aws_cognito_user_pool_client.console[0].id
      # Where the pool sends people back to, signed in and out.
      back    = local.sign_in_page
      scope   = join(" ", local.sign_in_scopes)
      page    = "${local.sign_in_url}/oauth2/authorize"
      token   = "${local.sign_in_url}/oauth2/token"
      revoke  = "${local.sign_in_url}/oauth2/revoke"
      signOut = "${local.sign_in_url}/logout"
    }
  }

  # The page from which staff sign in asks the pool for tokens; no other page asks anybody but us.
  policies = {
    for key, page in local.pages : key => join("", [
      page.content_security_policy == null ? "" : page.content_security_policy,
      page.path == local.console && local.staff ? "; connect-src 'self' ${local.sign_in_url}" : "",
    ])
  }

  site = { for manifest in ["${local.package_dir}/site.json"] : "files" => jsondecode(file(manifest)) if var.site }

  # Key of the object to how it is served. The API's description has a variant for what is deployed here.
  pages = merge(
    lookup(local.site, "files", {}),
    {
      for variant in ["openapi/${var.pipeline}${local.staff ? "-staff" : ""}.json"] : "openapi.json" => {
        path                    = "/openapi.json", file = variant, content_type = "application/json", cache_control = "no-cache"
        content_security_policy = null
      } if var.site
    },
  )

  # Patterns of paths, each to the policy that a browser is told with them: the root, then first parts of keys.
  served = {
    for pattern, policies in merge(
      {
        for key, page in local.pages : (page.path == local.console ? "${page.path}*" : page.path) => [local.policies[key]]
        if !strcontains(key, "/")
      },
      {
        for folder, policies in {
          for key, page in local.pages : split("/", key)[0] => local.policies[key]... if strcontains(key, "/")
        } : "/${folder}/*" => policies
      },
      # The root is asked for by either name, depending on where it is asked.
      { for key, page in local.pages : "/${key}" => [local.policies[key]] if page.path == "/" },
      { for path in ["/deployment.json"] : path => [""] if var.site },
    ) : pattern => one(distinct(policies))
  }

  # Of CloudFront itself, the same in every account.
  managed = {
    caching_disabled              = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    caching_optimized             = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    all_viewer_except_host_header = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
  }
}

resource "aws_s3_object" "page" {
  for_each = local.pages

  bucket        = aws_s3_bucket.this["site"].bucket
  key           = each.key
  source        = "${local.package_dir}/${each.value.file}"
  source_hash   = filesha256("${local.package_dir}/${each.value.file}")
  content_type  = each.value.content_type
  cache_control = each.value.cache_control
}

resource "aws_s3_object" "deployment" {
  count = var.site ? 1 : 0

  bucket        = aws_s3_bucket.this["site"].bucket
  key           = "deployment.json"
  content       = jsonencode(local.deployment)
  content_type  = "application/json"
  cache_control = "no-cache"
}

resource "aws_cloudfront_function" "console" {
  count = var.site ? 1 : 0

  name    = "${var.name}-${var.region}-console"
  comment = "Shows the console's page at each of its views"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = "const VIEWS = ${jsonencode(jsondecode(file("${local.package_dir}/views.json")))};\n\n${file("${path.module}/console.js")}"
}

resource "aws_cloudfront_origin_access_control" "site" {
  count = var.site ? 1 : 0

  name                              = "${var.name}-${var.region}-site"
  description                       = "Reads the bucket with the pages"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_response_headers_policy" "page" {
  for_each = toset([for policy in values(local.served) : policy])

  name    = "${var.name}-${var.region}-page-${substr(sha256(each.key), 0, 8)}"
  comment = "What browsers are told with pages and what these load"

  security_headers_config {
    dynamic "content_security_policy" {
      for_each = each.key == "" ? [] : [each.key]

      content {
        content_security_policy = content_security_policy.value
        override                = true
      }
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    referrer_policy {
      referrer_policy = "same-origin"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "api" {
  count = var.site ? 1 : 0

  name    = "${var.name}-${var.region}-api"
  comment = "What is told with answers of the API, beside what it says itself"

  security_headers_config {
    content_type_options {
      override = false
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}

resource "aws_cloudfront_distribution" "site" {
  count = var.site ? 1 : 0

  comment             = var.name
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = "PriceClass_100"
  default_root_object = "index.html"
  aliases             = var.domain == "" ? [] : [var.domain]
  # A first deployment takes minutes, which nothing here has to wait for.
  wait_for_deployment = false

  origin {
    origin_id   = "api"
    domain_name = trimprefix(aws_apigatewayv2_api.this.api_endpoint, "https://")

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      origin_read_timeout    = 30
    }
  }

  origin {
    origin_id                = "site"
    domain_name              = aws_s3_bucket.this["site"].bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.site[0].id
  }

  # Errors pass as the API says them: there are no error pages.
  default_cache_behavior {
    target_origin_id           = "api"
    viewer_protocol_policy     = "https-only"
    allowed_methods            = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    cached_methods             = ["GET", "HEAD"]
    cache_policy_id            = local.managed.caching_disabled
    origin_request_policy_id   = local.managed.all_viewer_except_host_header
    response_headers_policy_id = aws_cloudfront_response_headers_policy.api[0].id
    compress                   = true
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.served

    content {
      path_pattern               = ordered_cache_behavior.key
      target_origin_id           = "site"
      viewer_protocol_policy     = "redirect-to-https"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      cache_policy_id            = local.managed.caching_optimized
      response_headers_policy_id = aws_cloudfront_response_headers_policy.page[ordered_cache_behavior.value].id
      compress                   = true

      dynamic "function_association" {
        for_each = ordered_cache_behavior.key == "${local.console}*" ? [aws_cloudfront_function.console[0].arn] : []

        content {
          event_type   = "viewer-request"
          function_arn = function_association.value
        }
      }
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain == ""
    acm_certificate_arn            = var.domain == "" ? null : var.certificate_arn
    ssl_support_method             = var.domain == "" ? null : "sni-only"
    minimum_protocol_version       = var.domain == "" ? "TLSv1" : "TLSv1.2_2021"
  }
}

resource "aws_route53_record" "site" {
  for_each = toset(var.zone_id == "" || var.domain == "" ? [] : ["A", "AAAA"])

  zone_id = var.zone_id
  name    = var.domain
  type    = each.key

  alias {
    name                   = aws_cloudfront_distribution.site[0].domain_name
    zone_id                = aws_cloudfront_distribution.site[0].hosted_zone_id
    evaluate_target_health = false
  }
}
