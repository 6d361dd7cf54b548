variable "name" {
  description = "Name of the function, of its role and of the origin access control."
  type        = string
  default     = "portcullis"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,40}$", var.name))
    error_message = "Expected 1 to 40 letters, digits, hyphens and underscores."
  }
}

variable "bucket_name" {
  description = "Name of the S3 bucket for the content; it must not exist yet."
  type        = string
}

variable "zip_file" {
  description = "The zip that ./dev pack has made."
  type        = string
}

variable "runtime" {
  description = "Lambda runtime; the pack report names those that take the zip."
  type        = string
  default     = "nodejs24.x"

  validation {
    condition     = contains(["nodejs22.x", "nodejs24.x", "python3.11", "python3.12", "python3.13", "python3.14"], var.runtime)
    error_message = "Expected a runtime that ./dev pack makes zips for."
  }
}

variable "domain_name" {
  description = "Domain name of your own, or empty for the one of CloudFront."
  type        = string
  default     = ""
}

variable "certificate_arn" {
  description = "ACM certificate of that domain, in us-east-1; empty without one."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/.+)?$", var.certificate_arn))
    error_message = "Expected the ARN of a certificate in us-east-1."
  }
}

variable "default_root_object" {
  description = "Object that a request for / gets."
  type        = string
  default     = "index.html"
}

variable "price_class" {
  description = "Where CloudFront serves from."
  type        = string
  default     = "PriceClass_100"

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "Expected a price class of CloudFront."
  }
}
