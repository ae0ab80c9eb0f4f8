"""How long building takes, beside the least that is possible and beside the AWS CDK."""
