locals {
  # The address of `Name <address>`, then what follows its @.
  sender        = trimsuffix(reverse(split("<", var.mail_from))[0], ">")
  mail_identity = var.mail_identity != "" ? var.mail_identity : split("@", local.sender)[1]
}

resource "aws_sesv2_email_identity" "this" {
  count = var.mail == "ses" ? 1 : 0

  email_identity = local.mail_identity
}
