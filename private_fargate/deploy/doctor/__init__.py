"""What an account has to offer before an environment is deployed to it: live checks that change nothing."""
