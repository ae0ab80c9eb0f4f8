"""What ECS's agent does for a task of Fargate, here through the task's own network.

`python -m private_fargate.fabric.agent` reads one order, a line of JSON, and says what it does, a line of
JSON for each event.  Before the first line of a container it fetches, in this order: registry auth, secrets,
parameters, environment files, the log streams, the manifests, the layers.

Source of the order: ECS names its failures by it.  What is retrieved for the execution role and what the log
driver needs are a `ResourceInitializationError` of the whole task; an image is pulled for a container, and
one that does not start is a `CannotStartContainerError`.  In the agent for EC2 secrets are there before a
container is created, and registry auth before it is pulled: amazon-ecs-agent, agent/api/task/task.go.
"""
