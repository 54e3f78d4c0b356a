variable "name" {
  description = "The function's name in topology.json."
  type        = string
}

variable "prefix" {
  description = "Begins the name of everything."
  type        = string
}

variable "region" {
  description = "Where it stands. Roles belong to the whole account, so theirs has it in it."
  type        = string

  validation {
    condition     = length("${var.prefix}-${var.region}-${var.name}") <= 64
    error_message = "The role's name ${var.prefix}-${var.region}-${var.name} has more than 64 characters: choose a shorter `name`."
  }
}

variable "caption" {
  description = "What it does, in a few words."
  type        = string
}

variable "package" {
  description = "Its zip: the path, and the SHA-256 in base64. Null where there is none, which is an error."
  type        = object({ path = string, sha256 = string })

  validation {
    condition     = var.package != null
    error_message = "${var.name} is not among what was packaged: run `make package` again."
  }
}

variable "code_bucket" {
  description = "The bucket that zips are uploaded to."
  type        = string
}

variable "handler" {
  description = "What Lambda calls."
  type        = string
}

variable "layers" {
  description = "ARNs of its layers."
  type        = list(string)
}

variable "runtime" {
  description = "The runtime that was packaged for."
  type        = string
}

variable "architecture" {
  description = "arm64 or x86_64."
  type        = string
}

variable "memory_mb" {
  description = "Memory in MiB."
  type        = number
}

variable "timeout_s" {
  description = "Seconds it may take."
  type        = number
}

variable "environment" {
  description = "Its environment."
  type        = map(string)
}

variable "statements" {
  description = "What its role may do: statements of a policy."
  type        = list(object({ Effect = string, Action = list(string), Resource = list(string) }))
}

variable "log_retention_days" {
  description = "How long its log is kept."
  type        = number
}

variable "tracing" {
  description = "Whether X-Ray traces it."
  type        = bool
}

variable "failures_to" {
  description = "ARN of the queue for invocations that failed for good, where it is invoked asynchronously; else null."
  type        = string
  default     = null
}

variable "sends_back" {
  description = "Whether it sends to the queue that it takes messages from."
  type        = bool
  default     = false
}
