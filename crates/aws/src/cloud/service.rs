//! The services that are called, with their names in AWS and its tools.

/// The services that are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are AWS's names")]
pub enum AwsService {
    CloudFormation,
    DynamoDb,
    Ecs,
    Lambda,
    S3,
    SecretsManager,
    Ses,
    Sns,
    Sqs,
    Ssm,
}

impl AwsService {
    pub(super) const ALL: [Self; 10] = [
        Self::CloudFormation,
        Self::DynamoDb,
        Self::Ecs,
        Self::Lambda,
        Self::S3,
        Self::SecretsManager,
        Self::Ses,
        Self::Sns,
        Self::Sqs,
        Self::Ssm,
    ];

    /// Returns the name of the service in signatures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::DynamoDb => "dynamodb",
            Self::Ecs => "ecs",
            Self::Lambda => "lambda",
            Self::S3 => "s3",
            Self::SecretsManager => "secretsmanager",
            Self::Ses => "ses",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Ssm => "ssm",
        }
    }

    /// Returns the name of the service in host names.
    #[must_use]
    pub fn host_name(self) -> &'static str {
        match self {
            Self::Ses => "email",
            Self::CloudFormation
            | Self::DynamoDb
            | Self::Ecs
            | Self::Lambda
            | Self::S3
            | Self::SecretsManager
            | Self::Sns
            | Self::Sqs
            | Self::Ssm => self.name(),
        }
    }

    /// Returns the environment variable for the address of this service, as all tools for AWS name
    /// it.
    #[must_use]
    pub fn endpoint_variable(self) -> &'static str {
        match self {
            Self::CloudFormation => "AWS_ENDPOINT_URL_CLOUDFORMATION",
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Ecs => "AWS_ENDPOINT_URL_ECS",
            Self::Lambda => "AWS_ENDPOINT_URL_LAMBDA",
            Self::S3 => "AWS_ENDPOINT_URL_S3",
            Self::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Self::Ses => "AWS_ENDPOINT_URL_SESV2",
            Self::Sns => "AWS_ENDPOINT_URL_SNS",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
            Self::Ssm => "AWS_ENDPOINT_URL_SSM",
        }
    }
}
