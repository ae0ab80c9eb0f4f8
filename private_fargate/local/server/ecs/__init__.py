"""The types of AWS::ECS, kept by ministack: what it drops is put back, what AWS refuses is refused."""
