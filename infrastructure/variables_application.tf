# The settings that the functions read, as the local server's of the same names.

variable "catalogue" {
  description = "open: products that the catalogue does not have are accepted at the customer's price. strict: they are refused."
  type        = string
  default     = "open"

  validation {
    condition     = contains(["open", "strict"], var.catalogue)
    error_message = "Take open or strict."
  }
}

variable "public_url" {
  description = "What links in mails and alerts begin with. By default the domain, else CloudFront's, else the API's."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https?://[^/]+)?$", var.public_url))
    error_message = "Take an origin such as https://orders.example.org, without a slash at its end."
  }
}

variable "order_deadline_s" {
  description = "After how many seconds an unfinished order is sent again."
  type        = number
  default     = 900
}

variable "payment_timeout_ms" {
  description = "How long a charge may take, in milliseconds."
  type        = number
  default     = 1000
}

variable "retry_base_ms" {
  description = "The first wait before a message is tried again, in milliseconds."
  type        = number
  default     = 200
}

# Mail.

variable "mail" {
  description = "store: mails are kept in a bucket. ses: they are sent."
  type        = string
  default     = "store"

  validation {
    condition     = contains(["store", "ses"], var.mail)
    error_message = "Take store or ses."
  }
}

variable "mail_from" {
  description = "The sender, bare or as Name <address>."
  type        = string
  default     = "Ordermill <orders@ordermill.example>"

  validation {
    condition     = can(regex("^[^<>@\\s]+@[^<>@\\s]+$|^[^<>@]*<[^<>@\\s]+@[^<>@\\s]+>$", var.mail_from))
    error_message = "Take an address, bare or as Name <address>."
  }
}

variable "mail_identity" {
  description = "The domain or address that SES is to verify and send from. By default the sender's domain."
  type        = string
  default     = ""
}

variable "mail_keep_days" {
  description = "How long stored mails are kept, in days."
  type        = number
  default     = 90
}

# Payments.

variable "payments" {
  description = "sandbox: the built-in gateway, which moves no money. stripe: Stripe."
  type        = string
  default     = "sandbox"

  validation {
    condition     = contains(["sandbox", "stripe"], var.payments)
    error_message = "Take sandbox or stripe."
  }
}

variable "stripe_key" {
  description = "Stripe's secret key."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.payments != "stripe" || var.stripe_key != ""
    error_message = "Payments through Stripe need its secret key."
  }
}

variable "stripe_url" {
  description = "Where Stripe is reached, if not at its own address."
  type        = string
  default     = ""
}

# Images.

variable "labels" {
  description = "rekognition: what uploaded pictures show is asked of Rekognition, which is charged by the picture. none: pictures stay UNCHECKED."
  type        = string
  default     = "rekognition"

  validation {
    condition     = contains(["rekognition", "none"], var.labels)
    error_message = "Take rekognition or none."
  }
}

variable "label_min_confidence" {
  description = "How certain a label must be to count, from 0 to 1."
  type        = number
  default     = 0.7

  validation {
    condition     = var.label_min_confidence >= 0 && var.label_min_confidence <= 1
    error_message = "Take a number from 0 to 1."
  }
}

# Alerts.

variable "alert_targets" {
  description = "Whom alerts go to, as ORDERMILL_ALERT_WEBHOOKS: slack+https://…, json+https://… or mailto:…, comma between them."
  type        = string
  default     = ""
  sensitive   = true
}

variable "webhook_secret" {
  description = "What signs posts to json+ targets: whsec_ and base64."
  type        = string
  default     = ""
  sensitive   = true
}

variable "alert_info" {
  description = "Whether alerts that only inform go out too."
  type        = bool
  default     = false
}

variable "allow_local_webhooks" {
  description = "Whether alerts may go to private addresses."
  type        = bool
  default     = false
}

# Secrets that are made here.

variable "signing_key_version" {
  description = "Another number makes another key: every token and cursor given out before is void."
  type        = number
  default     = 1
}
