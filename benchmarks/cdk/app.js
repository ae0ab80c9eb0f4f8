// The system that environments.py describes, written with aws-cdk-lib's own high-level constructs.
//
// node app.js SERVICES DIRECTORY: N services of five shapes, each in a nested stack. CDK_VALIDATION=false in the
// environment leaves out the library's own validation.
const { App, NestedStack, RemovalPolicy, Stack, Tags } = require("aws-cdk-lib");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecr = require("aws-cdk-lib/aws-ecr");
const ecs = require("aws-cdk-lib/aws-ecs");
const kms = require("aws-cdk-lib/aws-kms");
const logs = require("aws-cdk-lib/aws-logs");
const servicediscovery = require("aws-cdk-lib/aws-servicediscovery");

const SERVICES_IN_GROUP = 25;
const INTERFACES = ["ECR", "ECR_DOCKER", "CLOUDWATCH_LOGS", "SSM", "SSM_MESSAGES"];

class Network extends NestedStack {
  constructor(scope) {
    super(scope, "Network");
    this.vpc = new ec2.Vpc(this, "Vpc", {
      ipAddresses: ec2.IpAddresses.cidr("10.0.0.0/16"),
      availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c"],
      natGateways: 3,
      flowLogs: { all: {} },
    });
  }
}

class Endpoints extends NestedStack {
  constructor(scope, { vpc }) {
    super(scope, "Endpoints");
    new ec2.GatewayVpcEndpoint(this, "S3", { vpc, service: ec2.GatewayVpcEndpointAwsService.S3 });
    for (const name of INTERFACES) {
      new ec2.InterfaceVpcEndpoint(this, name, { vpc, service: ec2.InterfaceVpcEndpointAwsService[name] });
    }
  }
}

class Foundation extends NestedStack {
  constructor(scope, { vpc }) {
    super(scope, "Foundation");
    this.key = new kms.Key(this, "DataKey", { enableKeyRotation: true });
    this.cluster = new ecs.Cluster(this, "Cluster", { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });
    this.namespace = new servicediscovery.PrivateDnsNamespace(this, "Namespace", { name: "many.local", vpc });
    this.repository = new ecr.Repository(this, "Repository", {
      encryption: ecr.RepositoryEncryption.KMS,
      encryptionKey: this.key,
      imageScanOnPush: true,
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
    });
  }
}

class JumpHost extends NestedStack {
  constructor(scope, { vpc }) {
    super(scope, "JumpHost");
    new ec2.BastionHostLinux(this, "JumpHost", {
      vpc,
      instanceType: new ec2.InstanceType("t3.micro"),
      subnetSelection: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    });
  }
}

class Service extends NestedStack {
  constructor(scope, name, index, { vpc, cluster, namespace, repository }) {
    super(scope, name);
    const shape = index % 5;
    const port = 8000 + shape;
    const task = new ecs.FargateTaskDefinition(this, "Task", { cpu: 512, memoryLimitMiB: 1024 });
    const logGroup = new logs.LogGroup(this, "Logs", {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    task.addContainer(name, {
      image:
        shape < 4
          ? ecs.ContainerImage.fromEcrRepository(repository, "latest")
          : ecs.ContainerImage.fromRegistry("public.ecr.aws/x/y:1"),
      environment: shape === 2 ? { LEVEL: "info" } : {},
      portMappings: [{ containerPort: port }],
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: name, logGroup }),
    });
    const securityGroup = new ec2.SecurityGroup(this, "Group", { vpc, allowAllOutbound: shape === 3 });
    securityGroup.addIngressRule(ec2.Peer.ipv4(vpc.vpcCidrBlock), ec2.Port.tcp(port));
    new ecs.FargateService(this, "Service", {
      cluster,
      taskDefinition: task,
      securityGroups: [securityGroup],
      enableExecuteCommand: shape === 1,
      cloudMapOptions: { name, cloudMapNamespace: namespace },
      circuitBreaker: { rollback: true },
      minHealthyPercent: 100,
    });
  }
}

class Group extends NestedStack {
  constructor(scope, first, last, system) {
    super(scope, `Services${first}`);
    for (let index = first; index < last; index += 1) addService(this, index, system);
  }
}

const addService = (scope, index, system) =>
  new Service(scope, `svc-${String(index).padStart(4, "0")}`, index, system);

function main(services, outdir) {
  const parent = new Stack(new App({ outdir }), "many", { env: { region: "us-east-1", account: "123456789012" } });
  Tags.of(parent).add("Environment", "many");
  const network = new Network(parent);
  new Endpoints(parent, network);
  const system = { vpc: network.vpc, ...new Foundation(parent, network) };
  new JumpHost(parent, network);
  if (services <= SERVICES_IN_GROUP) {
    for (let index = 0; index < services; index += 1) addService(parent, index, system);
  } else {
    for (let first = 0; first < services; first += SERVICES_IN_GROUP) {
      new Group(parent, first, Math.min(first + SERVICES_IN_GROUP, services), system);
    }
  }
  parent.node.root.synth();
}

main(Number(process.argv[2]), process.argv[3]);
