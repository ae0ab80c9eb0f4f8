"""The types of AWS::EC2, kept by moto."""
