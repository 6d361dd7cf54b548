output "url" {
  description = "Where the site is."
  value       = "https://${var.domain_name == "" ? aws_cloudfront_distribution.this.domain_name : var.domain_name}/"
}

output "distribution_domain_name" {
  description = "What the DNS record of your own domain name points to."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "distribution_id" {
  description = "For invalidations."
  value       = aws_cloudfront_distribution.this.id
}

output "bucket_name" {
  description = "Where the content goes."
  value       = aws_s3_bucket.content.bucket
}

output "function_version" {
  description = "The version that answers."
  value       = aws_lambda_function.this.qualified_arn
}
