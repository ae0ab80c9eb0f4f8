"""The verifier's rules inside cfn-lint, for its command line and for editors.

    cfn-lint template.yaml --append-rules <checkout>/private_fargate/cfn_lint_rules

or `append_rules` in `.cfnlintrc`, from any directory.  Where the package is installed, the name
`private_fargate.cfn_lint_rules.rules` does instead of the path.  cfn-lint has to run in an environment
with what the verifier itself depends on.
"""
