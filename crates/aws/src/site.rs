//! The site in an S3 bucket.
