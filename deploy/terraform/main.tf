# A CloudFront distribution in front of a private S3 bucket. Every viewer request passes the function that
# `./dev pack --target lambda-edge` has made; what its policy does not let pass, never reaches cache or bucket.

data "aws_partition" "this" {}

data "aws_caller_identity" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition

  # Logs appear in the Region that is nearest to the viewer, hence the `*`.
  log_group = "arn:${local.partition}:logs:*:${local.account}:log-group:/aws/lambda/us-east-1.${var.name}"

  handlers = {
    "nodejs22.x" = "index.handler"
    "nodejs24.x" = "index.handler"
    "python3.11" = "lambda_function.lambda_handler"
    "python3.12" = "lambda_function.lambda_handler"
    "python3.13" = "lambda_function.lambda_handler"
    "python3.14" = "lambda_function.lambda_handler"
  }
}

# --- the function ---

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]
    }
  }
}

# Nothing but its own logs.
data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["logs:CreateLogGroup"]
    resources = [local.log_group]
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group}:*"]
  }
}

resource "aws_iam_role" "function" {
  name               = "${var.name}-edge"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "logs" {
  name   = "logs"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.logs.json
}

# No environment: Lambda@Edge refuses functions that have one. The policy is in the zip.
resource "aws_lambda_function" "this" {
  function_name    = var.name
  runtime          = var.runtime
  handler          = local.handlers[var.runtime]
  architectures    = ["x86_64"]
  memory_size      = 128
  timeout          = 5
  role             = aws_iam_role.function.arn
  filename         = var.zip_file
  source_code_hash = filebase64sha256(var.zip_file)
  # CloudFront takes numbered versions only.
  publish = true
  # A version that is replicated cannot be deleted at once, so old ones stay.
  skip_destroy = true
}

# --- the content ---

resource "aws_s3_bucket" "content" {
  bucket = var.bucket_name
}

resource "aws_s3_bucket_public_access_block" "content" {
  bucket                  = aws_s3_bucket.content.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "content" {
  bucket = aws_s3_bucket.content.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "content" {
  bucket = aws_s3_bucket.content.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Only this distribution reads it, and only over TLS: there is no way around the function.
data "aws_iam_policy_document" "content" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.content.arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }

  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.content.arn, "${aws_s3_bucket.content.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "content" {
  bucket = aws_s3_bucket.content.id
  policy = data.aws_iam_policy_document.content.json
}

resource "aws_cloudfront_origin_access_control" "content" {
  name                              = var.name
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# --- the distribution ---

# Neither headers nor cookies nor the query are in the key or go to the bucket.
data "aws_cloudfront_cache_policy" "optimized" {
  name = "Managed-CachingOptimized"
}

resource "aws_cloudfront_distribution" "this" {
  enabled             = true
  comment             = var.name
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  price_class         = var.price_class
  default_root_object = var.default_root_object
  aliases             = var.domain_name == "" ? [] : [var.domain_name]

  origin {
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.content.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.content.id
  }

  # One behaviour for every path, so that no spelling of a path has another one: which paths are public is said
  # by `routes` of the policy. The function runs before the cache is looked at.
  default_cache_behavior {
    target_origin_id       = "bucket"
    viewer_protocol_policy = "https-only"
    allowed_methods        = ["GET", "HEAD", "OPTIONS"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true
    cache_policy_id        = data.aws_cloudfront_cache_policy.optimized.id

    lambda_function_association {
      event_type   = "viewer-request"
      lambda_arn   = aws_lambda_function.this.qualified_arn
      include_body = false
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  # With CloudFront's own certificate CloudFront chooses the versions of TLS.
  viewer_certificate {
    cloudfront_default_certificate = var.domain_name == ""
    acm_certificate_arn            = var.domain_name == "" ? null : var.certificate_arn
    ssl_support_method             = var.domain_name == "" ? null : "sni-only"
    minimum_protocol_version       = var.domain_name == "" ? null : "TLSv1.2_2021"
  }

  lifecycle {
    precondition {
      condition     = var.domain_name == "" || var.certificate_arn != ""
      error_message = "A domain name of your own needs certificate_arn."
    }
  }
}
