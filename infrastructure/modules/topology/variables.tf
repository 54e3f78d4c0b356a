variable "file" {
  description = "The path of topology.json; state machines lie beside it."
  type        = string
}

variable "pipeline" {
  description = "How orders are taken in: a pipeline of that file."
  type        = string

  validation {
    condition     = contains(keys(jsondecode(file(var.file)).pipelines), var.pipeline)
    error_message = "There is no such pipeline; there are ${join(", ", keys(jsondecode(file(var.file)).pipelines))}."
  }
}

variable "prefix" {
  description = "Begins the name of everything."
  type        = string
}

variable "region" {
  description = "Where it stands."
  type        = string
}

variable "account_id" {
  description = "The account's twelve digits."
  type        = string
}

variable "staff" {
  description = "Whether staff can sign in; otherwise what only they may call is left out."
  type        = bool
  default     = false
}

variable "mail" {
  description = "store or ses."
  type        = string
  default     = "store"
}

variable "mail_identity" {
  description = "The domain or address that SES sends from."
  type        = string
  default     = ""
}

variable "payments" {
  description = "sandbox or stripe."
  type        = string
  default     = "sandbox"
}

variable "labels" {
  description = "rekognition or none."
  type        = string
  default     = "rekognition"
}

variable "tracing" {
  description = "Whether X-Ray traces."
  type        = bool
  default     = false
}
