"""Would this task start?  An answer from CloudFormation templates alone, ours or anyone's."""
