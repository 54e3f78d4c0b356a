# Who may sign in as staff: people whom an operator named. Without any there is no pool, and no route that asks for one.

locals {
  staff_group  = "staff"
  sign_in_page = "${local.public_url}${local.console}"
  sign_in_name = "${var.name}-${local.account_id}"
  sign_in_url  = "https://${local.sign_in_name}.auth.${var.region}.amazoncognito.com"
  # The last lets the pool be asked whether a token still counts, which routes for customers and staff do.
  sign_in_scopes = ["openid", "email", "aws.cognito.signin.user.admin"]
}

resource "aws_cognito_user_pool" "staff" {
  count = local.staff ? 1 : 0

  name                = "${var.name}-staff"
  deletion_protection = var.protection ? "ACTIVE" : "INACTIVE"
  username_attributes = ["email"]
  mfa_configuration   = var.staff_mfa

  auto_verified_attributes = ["email"]

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = false
    require_numbers                  = false
    require_symbols                  = false
    require_uppercase                = false
    temporary_password_validity_days = 7
  }

  username_configuration {
    case_sensitive = false
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  dynamic "software_token_mfa_configuration" {
    for_each = var.staff_mfa == "OFF" ? [] : [true]

    content {
      enabled = true
    }
  }
}

resource "aws_cognito_user_pool_domain" "staff" {
  count = local.staff ? 1 : 0

  domain       = local.sign_in_name
  user_pool_id = aws_cognito_user_pool.staff[0].id
}

# A page in a browser keeps no secret: it proves by PKCE that it is the one that asked.
resource "aws_cognito_user_pool_client" "console" {
  count = local.staff ? 1 : 0

  name            = "console"
  user_pool_id    = aws_cognito_user_pool.staff[0].id
  generate_secret = false

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = local.sign_in_scopes
  supported_identity_providers         = ["COGNITO"]
  callback_urls                        = [local.sign_in_page]
  logout_urls                          = [local.sign_in_page]

  # By the hosted page; or by who administers the pool, with keys to AWS, for scripts.
  explicit_auth_flows           = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = 12

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "hours"
  }
}

resource "aws_cognito_user_group" "staff" {
  count = local.staff ? 1 : 0

  name         = local.staff_group
  user_pool_id = aws_cognito_user_pool.staff[0].id
  description  = "May do what only staff may"
}

resource "aws_cognito_user" "staff" {
  for_each = var.staff_emails

  user_pool_id             = aws_cognito_user_pool.staff[0].id
  username                 = each.key
  desired_delivery_mediums = ["EMAIL"]

  attributes = {
    email          = each.key
    email_verified = "true"
  }
}

resource "aws_cognito_user_in_group" "staff" {
  for_each = var.staff_emails

  user_pool_id = aws_cognito_user_pool.staff[0].id
  group_name   = aws_cognito_user_group.staff[0].name
  username     = aws_cognito_user.staff[each.key].username
}

resource "aws_apigatewayv2_authorizer" "staff" {
  count = local.staff ? 1 : 0

  api_id           = aws_apigatewayv2_api.this.id
  name             = "staff"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = "https://${aws_cognito_user_pool.staff[0].endpoint}"
    audience = [aws_cognito_user_pool_client.console[0].id]
  }
}
