# Where it stands and what it is called.

variable "name" {
  description = "Begins the name of everything; two deployments in one account need two."
  type        = string
  default     = "ordermill"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,17}$", var.name))
    error_message = "Take lower-case letters, digits and hyphens, at most 18, the first a letter: buckets and roles have it in their names."
  }
}

variable "region" {
  description = "The region of everything but CloudFront, which has none."
  type        = string
  default     = "us-east-1"
}

variable "account_id" {
  description = "The account's twelve digits. Looked up where empty."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([0-9]{12})?$", var.account_id))
    error_message = "Take twelve digits, or nothing to have it looked up."
  }
}

variable "tags" {
  description = "Tags of everything, beside Application."
  type        = map(string)
  default     = {}
}

# What is deployed.

variable "pipeline" {
  description = "How orders are taken in: a pipeline of topology.json."
  type        = string
  default     = "workflow"
}

variable "topology_file" {
  description = "The topology. By default ../topology/topology.json."
  type        = string
  default     = null
}

variable "package_dir" {
  description = "What `make package` made. By default ../dist."
  type        = string
  default     = null

  validation {
    condition     = fileexists("${coalesce(var.package_dir, "${path.module}/../dist")}/lambda/${local.package_name}/package.json")
    error_message = "Nothing is packaged for ${local.package_name} in ${coalesce(var.package_dir, "${path.module}/../dist")}: run `make package` first."
  }

  validation {
    condition     = !var.site || fileexists("${coalesce(var.package_dir, "${path.module}/../dist")}/site.json")
    error_message = "There are no pages in ${coalesce(var.package_dir, "${path.module}/../dist")}: run `make package` first, or set site to false."
  }
}

variable "lambda_runtime" {
  description = "The runtime that was packaged for."
  type        = string
  default     = "python3.13"
}

variable "lambda_architecture" {
  description = "The processor that was packaged for; arm64 costs a fifth less."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.lambda_architecture)
    error_message = "Take arm64 or x86_64."
  }
}

variable "lambda_environment" {
  description = "Added to every function's environment."
  type        = map(string)
  default     = {}
}

variable "maximum_concurrency" {
  description = "How many of one queue's batches are processed at once."
  type        = number
  default     = 50

  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000
    error_message = "Take 2 to 1000, as SQS event sources do."
  }
}

variable "maximum_concurrency_of" {
  description = "The same for single functions, by name."
  type        = map(number)
  default     = {}

  validation {
    condition     = alltrue([for number in values(var.maximum_concurrency_of) : number >= 2 && number <= 1000])
    error_message = "Take 2 to 1000, as SQS event sources do."
  }
}

# What happens to data.

variable "protection" {
  description = "Whether tables and the user pool refuse to be deleted."
  type        = bool
  default     = true
}

variable "force_destroy" {
  description = "Whether destroying a bucket removes what is in it."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "Take a retention that CloudWatch Logs has: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, … days."
  }
}

# Watching.

variable "operator_emails" {
  description = "Who is told of alarms and of the budget. Each address is asked to confirm first."
  type        = set(string)
  default     = []
}

variable "alarms" {
  description = "Whether there are alarms; the README says what they cost."
  type        = bool
  default     = true
}

variable "oldest_message_s" {
  description = "How old a message may become in its queue before there is an alarm, in seconds."
  type        = number
  default     = 900
}

variable "dashboard" {
  description = "Whether there is a dashboard."
  type        = bool
  default     = true
}

variable "budget_usd" {
  description = "The account's monthly budget in US dollars, of which operators are told at 80 and 100 per cent. 0 is none."
  type        = number
  default     = 0

  validation {
    condition     = var.budget_usd >= 0
    error_message = "Take an amount, or 0 for none."
  }
}

variable "tracing" {
  description = "Whether X-Ray traces functions and the state machine; each trace is billed."
  type        = bool
  default     = false
}
