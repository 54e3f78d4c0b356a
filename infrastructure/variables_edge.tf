# What the world sees: the API, the pages, and who signs in.

variable "throttle_rate" {
  description = "Requests a second that the API takes, over all its routes."
  type        = number
  default     = 1000
}

variable "throttle_burst" {
  description = "Requests that may come at once beyond that rate."
  type        = number
  default     = 2000
}

variable "site" {
  description = "Whether pages and API are served together through CloudFront; otherwise there is the API alone."
  type        = bool
  default     = true
}

variable "domain" {
  description = "A domain of your own for it, such as orders.example.org."
  type        = string
  default     = ""

  validation {
    condition     = var.domain == "" || (var.site && var.certificate_arn != "")
    error_message = "A domain needs the site and a certificate."
  }
}

variable "certificate_arn" {
  description = "The domain's certificate in ACM, which for CloudFront is in us-east-1."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(arn:aws:acm:us-east-1:[0-9]{12}:certificate/.+)?$", var.certificate_arn))
    error_message = "CloudFront takes certificates of us-east-1 alone."
  }
}

variable "zone_id" {
  description = "The Route 53 zone to point the domain from. Where empty, point it yourself."
  type        = string
  default     = ""
}

variable "staff_emails" {
  description = "Who may sign in as staff; each is invited by mail. Where empty there is neither a user pool nor a staff route."
  type        = set(string)
  default     = []
}

variable "staff_mfa" {
  description = "Whether staff sign in with a second factor: OFF, OPTIONAL or ON."
  type        = string
  default     = "OPTIONAL"

  validation {
    condition     = contains(["OFF", "OPTIONAL", "ON"], var.staff_mfa)
    error_message = "Take OFF, OPTIONAL or ON."
  }
}
