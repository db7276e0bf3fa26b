"""An account with a function on it, as tests speak of it."""

import json
import uuid

import processes

ACCOUNT = "111122223333"
REGION = processes.REGION
VENDOR = "Vectra:session_mirroring"

HEAD = f"""
account: "{ACCOUNT}"
switches: {{latency: {{actions: {{CreateTrafficMirrorSession: LATENCY}}}}}}
regions:
  {REGION}:
    vpcs:
      - {{name: shop, id: vpc-1, cidr: 10.1.0.0/16, tags: {{"{VENDOR}_target": tmt-1}}}}
      - {{name: lab, id: vpc-2, cidr: 10.2.0.0/16}}
    subnets:
      - {{name: shop-a, id: subnet-1, vpc: shop, zone: {REGION}a, cidr: 10.1.1.0/24}}
      - {{name: lab-a, id: subnet-2, vpc: lab, zone: {REGION}a, cidr: 10.2.1.0/24}}
    targets:
      - {{name: sensor, id: tmt-1, eni: sensor}}
    instances:
      - {{name: sensor, id: i-9, type: m5.24xlarge, subnet: shop-a}}
      - {{name: lab-1, id: i-8, type: m5.large, subnet: lab-a, tags: {{Team: blue}}}}
"""


class Account:
    """Instances web-1, web-2, .. with the ids i-1, i-2, .. in a VPC that is mirrored, and lab-1, i-8, in one that is not."""

    def __init__(self, folder, moto):
        self.folder, self.moto = folder, moto
        self._running = []
        self.function = None

    def start(self, webs=2, latency=0, **settings):
        """Starts the account, the emulator and the function."""
        lines = [f"      - {{name: web-{n}, id: i-{n}, type: m5.large, subnet: shop-a}}\n" for n in self._ids(webs)]
        scenario = self.folder / "scenario.yaml"
        scenario.write_text(HEAD.replace("LATENCY", str(latency)) + "".join(lines))
        self.sim = self._keep(processes.simulator(scenario))
        self.ec2 = self.sim.client("ec2")
        self.emulator = self._keep(processes.Emulator(self.folder))
        self.function = self._keep(processes.function(self.emulator.port, self._endpoints(), settings))
        self.function.wait_for("function starts")
        return self

    def _ids(self, webs):
        # 8 and 9 are taken.
        return [n if n < 8 else n + 2 for n in range(1, webs + 1)]

    def _endpoints(self):
        ours = {f"AWS_ENDPOINT_URL_{name}": self.sim.url for name in ("EC2", "ELASTIC_LOAD_BALANCING_V2", "STS")}
        return ours | {f"AWS_ENDPOINT_URL_{name}": self.moto.url for name in ("S3", "SQS")}

    def _keep(self, process):
        self._running.append(process)
        return process

    def close(self):
        # The function first: it must not wait for a server that is gone.
        for process in reversed(self._running):
            process.close()

    def said(self):
        return list(self.function.lines) if self.function else []

    def reports(self):
        """The reports in the log."""
        lines = [json.loads(line) for line in self.said()]
        return [line for line in lines if line.get("message") == "report"]

    def invoke(self, event):
        return self.emulator.invoke(event)

    def sessions(self):
        """The sessions, by the name of their instance."""
        pages = self.ec2.get_paginator("describe_traffic_mirror_sessions").paginate()
        found = [session for page in pages for session in page["TrafficMirrorSessions"]]
        return {tags(session)["Name"]: session for session in found}

    def queue(self):
        """A queue of the test's own in moto: its URL, and the messages that are in it."""
        sqs = self.moto.client("sqs")
        url = sqs.create_queue(QueueName=f"q-{uuid.uuid4()}")["QueueUrl"]

        def messages():
            return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600).get("Messages", [])

        return url, messages

    def object(self, key, text):
        """An object in a bucket of the test's own in moto; the bucket's name."""
        s3 = self.moto.client("s3")
        bucket = f"b-{uuid.uuid4()}"
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
        return bucket


def tags(thing):
    return {tag["Key"]: tag["Value"] for tag in thing["Tags"]}


def event(kind, source, detail, resources=()):
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": "2026-11-21T08:30:00Z",
        "region": REGION,
        "resources": list(resources),
        "detail": detail,
    }


def state(instance, state):
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance}"
    detail = {"instance-id": instance, "state": state}
    return event("EC2 Instance State-change Notification", "aws.ec2", detail, [arn])


def schedule():
    return event("Scheduled Event", "aws.events", {}, [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/heal"])


def finding(id, instance):
    detail = {
        "schemaVersion": "2.0",
        "accountId": ACCOUNT,
        "region": REGION,
        "id": id,
        "type": "UnauthorizedAccess:EC2/SSHBruteForce",
        "severity": 5,
        "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": instance, "platform": None}},
        "service": {"serviceName": "guardduty", "archived": False, "count": 3},
    }
    return event("GuardDuty Finding", "aws.guardduty", detail)


def tag_change(kind, id, *keys):
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{id}"
    detail = {"changed-tag-keys": list(keys), "service": "ec2", "resource-type": kind, "version": 4.0, "tags": {}}
    return event("Tag Change on Resource", "aws.tag", detail, [arn])


def batch(*bodies):
    """Messages m-1, m-2, .. of a queue."""
    return {
        "Records": [
            {
                "messageId": f"m-{n}",
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:events",
                "awsRegion": REGION,
            }
            for n, body in enumerate(bodies, 1)
        ]
    }
