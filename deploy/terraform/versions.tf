terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

# Functions of Lambda@Edge live there, and the certificates of CloudFront do as well.
provider "aws" {
  region = "us-east-1"
}
