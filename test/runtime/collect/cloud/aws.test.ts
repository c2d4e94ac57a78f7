// AWS instances (`collection.md` 7.1–7.3): detection, the token, each form of value, failures, and no request that nobody needs.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { awsKeys } from "../../../../runtime/collect/cloud/aws-paths.js";
import { cloudMetadata } from "../../../../runtime/collect/cloud/collector.js";
import { HostError } from "../../../../runtime/host/host.js";
import { createMemoryHost } from "../../../../runtime/host/memory-host.js";
import { type CloudOptions, collectIn, type Reply, refused, silent } from "./support.js";

const vendor = { "/sys/class/dmi/id/board_vendor": "Amazon EC2\n" };
const document = { accountId: "123456789012", instanceType: "m7g.large", region: "eu-central-1", devpayProductCodes: null };
const served: Record<string, Reply> = {
  "PUT /latest/api/token": "TOKEN\n",
  "/latest/dynamic/instance-identity/document": JSON.stringify(document),
  "/latest/meta-data/ami-id": "ami-0abc\n",
  "/latest/meta-data/mac": "02:00:00:00:00:01",
  "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/vpc-id": "vpc-1",
  "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/subnet-id": "subnet-1",
  "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/security-group-ids": "sg-1\n\nsg-2\n",
  "/latest/meta-data/security-groups": "default\nweb\n",
  "/latest/meta-data/events/maintenance/history": "[]",
  "/latest/meta-data/public-ipv4": "203.0.113.5",
  "/latest/meta-data/placement/region": "eu-central-1",
  "/latest/meta-data/instance-id": "i-fromservice",
  "/latest/meta-data/tags/instance": "Name\nteam/cost centre\nEmpty\n",
  "/latest/meta-data/tags/instance/Name": "web-1",
  "/latest/meta-data/tags/instance/team%2Fcost%20centre": "42",
  "/latest/meta-data/tags/instance/Empty": "",
  "/latest/meta-data/identity-credentials/ec2/security-credentials/ec2-instance": JSON.stringify({
    Code: "Success",
    LastUpdated: "2026-01-01T00:00:00Z",
    Type: "AWS-HMAC",
    AccessKeyId: "ASIAX",
    SecretAccessKey: "s3cret",
    Token: "t0ken",
    NewSecret: "n3w",
    Expiration: "2026-01-01T06:00:00Z",
  }),
};

const onAws = (keys: readonly string[], more: Partial<CloudOptions> = {}) =>
  collectIn(cloudMetadata, { files: vendor, answers: served, keys, ...more });

test("an instance: text, JSON and its members, lines, dictionaries of tags, keys of the first interface", async () => {
  const keys = [
    "_OP_CLOUD_PROVIDER",
    "_OP_CLOUD_PROVIDER_SERVICE_TYPE",
    "_OP_CLOUD_PROVIDER_ACCOUNT_INFO",
    "_OP_CLOUD_PROVIDER_INSTANCE_TYPE",
    "_OP_CLOUD_PROVIDER_IP",
    "_OP_CLOUD_PROVIDER_REGION",
    "_OP_CLOUD_PROVIDER_TAGS",
    "_OP_CLOUD_SYS_VENDOR",
    "_AWS_INSTANCE_IDENTITY_DOCUMENT",
    "_AWS_AMI_ID",
    "_AWS_SECURITY_GROUPS",
    "_AWS_SECURITY_GROUP_IDS",
    "_AWS_VPC_ID",
    "_AWS_SUBNET_ID",
    "_AWS_TAGS",
    "_AWS_PUBLIC_IPV4_ADDR",
    "_AWS_EVENTS_MAINTENANCE_HISTORY",
    "_AWS_SPOT_TERMINATION_TIME",
    "_AWS_INSTANCE_ID",
  ];
  const { values, failures, requests, asked } = await onAws(keys);
  const tags = { Name: "web-1", "team/cost centre": "42" };
  assert.equal(values, {
    _OP_CLOUD_PROVIDER: "aws",
    _OP_CLOUD_PROVIDER_SERVICE_TYPE: "aws_ec2",
    _OP_CLOUD_PROVIDER_ACCOUNT_INFO: "123456789012",
    _OP_CLOUD_PROVIDER_INSTANCE_TYPE: "m7g.large",
    _OP_CLOUD_PROVIDER_IP: "203.0.113.5",
    _OP_CLOUD_PROVIDER_REGION: "eu-central-1",
    _OP_CLOUD_PROVIDER_TAGS: tags,
    _OP_CLOUD_SYS_VENDOR: "Amazon EC2",
    _AWS_INSTANCE_IDENTITY_DOCUMENT: document,
    _AWS_AMI_ID: "ami-0abc",
    _AWS_SECURITY_GROUPS: ["default", "web"],
    _AWS_SECURITY_GROUP_IDS: ["sg-1", "sg-2"],
    _AWS_VPC_ID: "vpc-1",
    _AWS_SUBNET_ID: "subnet-1",
    _AWS_TAGS: tags,
    _AWS_PUBLIC_IPV4_ADDR: "203.0.113.5",
    _AWS_INSTANCE_ID: "i-fromservice",
  });
  assert.equal(failures, []);
  assert.is(new Set(asked).size, asked.length, "each path once");
  const [token, ...others] = requests;
  assert.equal([token!.method, token!.headers], ["PUT", { "X-aws-ec2-metadata-token-ttl-seconds": "10" }]);
  assert.ok(others.every(({ method, headers }) => method === "GET" && headers["X-aws-ec2-metadata-token"] === "TOKEN"));
  assert.ok(requests.every(({ url, timeout }) => url.startsWith("http://169.254.169.254/") && timeout === 1000));
});

test("credentials: whatever isn't known to be harmless is redacted", async () => {
  const key = "_AWS_IDENTITY_CREDENTIALS_EC2_SECURITY_CREDENTIALS_EC2_INSTANCE";
  const { values } = await onAws([key]);
  assert.equal(values[key], {
    Code: "Success",
    LastUpdated: "2026-01-01T00:00:00Z",
    Type: "AWS-HMAC",
    AccessKeyId: "ASIAX",
    SecretAccessKey: "<<redacted>>",
    Token: "<<redacted>>",
    NewSecret: "<<redacted>>",
    Expiration: "2026-01-01T06:00:00Z",
  });
});

test("nobody is asked for what needs no request, or elsewhere", async () => {
  const local = ["_OP_CLOUD_PROVIDER", "_OP_CLOUD_PROVIDER_SERVICE_TYPE", "_OP_CLOUD_SYS_VENDOR", "_AWS_INSTANCE_ID"];
  const files = { ...vendor, "/sys/devices/virtual/dmi/id/board_asset_tag": "i-0fromfirmware\n" };
  const known = await onAws(local, { files });
  assert.equal(known.asked, []);
  assert.is(known.values._AWS_INSTANCE_ID, "i-0fromfirmware");
  const elsewhere = await collectIn(cloudMetadata, {
    files: { "/sys/class/dmi/id/board_vendor": "LENOVO\n" },
    answers: served,
    keys: [...local, ...Object.keys(awsKeys), "_GCP_INSTANCE_METADATA", "_AZURE_INSTANCE_METADATA"],
  });
  assert.equal([elsewhere.asked, elsewhere.values], [[], { _OP_CLOUD_SYS_VENDOR: "LENOVO" }]);
});

test("detection by hypervisor, vendor and product, whatever the case; paths and address can be configured", async () => {
  const keys = ["_OP_CLOUD_PROVIDER"];
  for (const files of [
    { "/sys/hypervisor/uuid": "EC2E1916-9099" },
    { "/sys/class/dmi/id/board_vendor": "AMAZON" },
    { "/sys/devices/virtual/dmi/id/product_uuid": "ec21abc" },
  ])
    assert.equal((await collectIn(cloudMetadata, { files, keys })).values, { _OP_CLOUD_PROVIDER: "aws" });
  const settings = {
    "cloud_provider.metadata_ip": "127.0.0.1:8123",
    "cloud_provider.cloud_instance_hw_identifiers.sys_vendor_path": "/mine",
  };
  const moved = await collectIn(cloudMetadata, {
    files: { "/mine": "amazon" },
    answers: served,
    settings,
    keys: [...keys, "_AWS_AMI_ID"],
  });
  assert.equal(moved.values, { _OP_CLOUD_PROVIDER: "aws", _AWS_AMI_ID: "ami-0abc" });
  assert.ok(moved.requests.every(({ url }) => url.startsWith("http://127.0.0.1:8123/latest/")));
});

test("the kind of service comes from the environment", async () => {
  const keys = ["_OP_CLOUD_PROVIDER_SERVICE_TYPE"];
  const type = async (environment: Record<string, string>) =>
    (await onAws(keys, { environment })).values._OP_CLOUD_PROVIDER_SERVICE_TYPE;
  assert.is(await type({ KUBERNETES_PORT: "1" }), "aws_eks");
  assert.is(await type({ KUBERNETES_SERVICE_HOST: "1" }), "aws_eks");
  assert.is(await type({ ECS_CONTAINER_METADATA_URI: "http://x", KUBERNETES_PORT: "1" }), "aws_ecs");
  assert.is(await type({ ECS_CONTAINER_METADATA_URI_V4: "" }), "aws_ec2");
});

test("no token: what is wrong is recorded, what needs no token is reported", async () => {
  const keys = ["_OP_CLOUD_PROVIDER", "_AWS_AMI_ID", "_AWS_INSTANCE_ID"];
  const files = { ...vendor, "/sys/devices/virtual/dmi/id/board_asset_tag": "i-1" };
  const expected = { _OP_CLOUD_PROVIDER: "aws", _AWS_INSTANCE_ID: "i-1" };
  const cases: readonly (readonly [Reply, string | undefined, number])[] = [
    [403, "IMDS_DISABLED", 1],
    [silent, "IMDS_HOP_LIMIT", 3],
    [refused, "IMDS_OS_ERROR", 3],
    [new HostError("EINVAL", "connect"), "IMDS_OS_ERROR", 3],
    [new HostError("ETIMEDOUT", "connect"), "IMDS_UNKNOWN", 3],
    [new HostError("ECONNRESET", "request"), "IMDS_UNKNOWN", 3],
    [404, undefined, 1],
    [503, undefined, 3],
  ];
  for (const [reply, code, tries] of cases) {
    const result = await onAws(keys, { files, answers: { ...served, "PUT /latest/api/token": reply } });
    assert.equal(result.values, expected);
    assert.equal(result.failures, code === undefined ? [] : [`_OP_CLOUD_METADATA ${code}`]);
    assert.is(result.asked.length, tries);
  }
});

test("a key that can't be had costs only itself; what isn't there is no failure", async () => {
  const base = "/latest/meta-data";
  const { values, failures, asked } = await onAws(
    ["_AWS_AMI_ID", "_AWS_HOSTNAME", "_AWS_IAM_INFO", "_AWS_KERNEL_ID", "_AWS_TAGS", "_AWS_RAMDISK_ID"],
    {
      answers: {
        ...served,
        [`${base}/hostname`]: [500, refused, "ip-10-0-0-1"],
        [`${base}/iam/info`]: "{ not json",
        [`${base}/kernel-id`]: 500,
        [`${base}/tags/instance/Name`]: 500,
        [`${base}/ramdisk-id`]: "",
      },
    },
  );
  assert.equal(values, { _AWS_AMI_ID: "ami-0abc", _AWS_HOSTNAME: "ip-10-0-0-1", _AWS_TAGS: { "team/cost centre": "42" } });
  assert.equal([...failures].sort(), [
    "_AWS_IAM_INFO KEY_COLLECTION_ERROR",
    "_AWS_KERNEL_ID KEY_COLLECTION_ERROR",
    "_AWS_TAGS CLOUD_TAG_FETCH_ERROR",
  ]);
  assert.is(asked.filter((one) => one.endsWith("/kernel-id")).length, 3);
});

test("after five seconds nothing more is asked, and what is missing is recorded", async () => {
  let now = 0;
  const replies: Record<string, string> = { "/latest/api/token": "T", "/latest/meta-data/mac": "m" };
  const asked: string[] = [];
  const memory = createMemoryHost({
    files: vendor,
    respond({ url }) {
      const { pathname } = new URL(url);
      asked.push(pathname);
      if (pathname.endsWith("/mac")) now += 6_000;
      return { status: 200, statusText: "", headers: {}, body: new TextEncoder().encode(replies[pathname] ?? "found") };
    },
  });
  const host = { ...memory, clock: { ...memory.clock, monotonic: () => now } };
  const result = await collectIn(cloudMetadata, { keys: ["_AWS_MAC", "_AWS_VPC_ID"], overrides: { host } });
  assert.equal(result.values, { _AWS_MAC: "m" });
  assert.equal(result.failures, ["_AWS_VPC_ID KEY_COLLECTION_ERROR"]);
  assert.equal(asked, ["/latest/api/token", "/latest/meta-data/mac"]);
});

test.run();
