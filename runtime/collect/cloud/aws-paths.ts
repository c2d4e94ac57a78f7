/** Which key comes from which path of the AWS metadata service, and what its text means (`collection.md` 7.3). All data. */

/** How an answer becomes a value: the text, its lines, the JSON in it, or JSON from which credentials are taken out. */
export type Form = "text" | "lines" | "json" | "credentials";

export interface AwsSource {
  /** Below `/latest/meta-data/`; paths that begin with `dynamic/` are below `/latest/`. `{mac}`: the address of the first interface. */
  readonly path: string;
  readonly form: Form;
  /** The member of that JSON that is the value, if it isn't the whole. */
  readonly member?: string;
}

const text = (path: string): AwsSource => ({ path, form: "text" });
const lines = (path: string): AwsSource => ({ path, form: "lines" });
const json = (path: string): AwsSource => ({ path, form: "json" });
const identity = "dynamic/instance-identity";
const ofInterface = "network/interfaces/macs/{mac}";

/** Names of the instance's tags, one per line; each value is below its name. */
export const tagsPath = "tags/instance";
export const macPath = "mac";

export const awsKeys: Readonly<Record<string, AwsSource>> = {
  _AWS_INSTANCE_IDENTITY_DOCUMENT: json(`${identity}/document`),
  _OP_CLOUD_PROVIDER_ACCOUNT_INFO: { ...json(`${identity}/document`), member: "accountId" },
  _OP_CLOUD_PROVIDER_INSTANCE_TYPE: { ...json(`${identity}/document`), member: "instanceType" },
  _AWS_INSTANCE_IDENTITY_PKCS7: text(`${identity}/pkcs7`),
  _AWS_INSTANCE_IDENTITY_SIGNATURE: text(`${identity}/signature`),
  _AWS_INSTANCE_MONITORING: text("dynamic/fws/instance-monitoring"),
  _AWS_AMI_ID: text("ami-id"),
  _AWS_AMI_LAUNCH_INDEX: text("ami-launch-index"),
  _AWS_AMI_MANIFEST_PATH: text("ami-manifest-path"),
  _AWS_ANCESTOR_AMI_IDS: text("ancestor-ami-ids"),
  _AWS_AUTOSCALING_TARGET_LIFECYCLE_STATE: text("autoscaling/target-lifecycle-state"),
  _AWS_AZ: text("placement/availability-zone"),
  _AWS_AZ_ID: text("placement/availability-zone-id"),
  _AWS_REGION: text("placement/region"),
  _OP_CLOUD_PROVIDER_REGION: text("placement/region"),
  _AWS_PLACEMENT_GROUP: text("placement/group-name"),
  _AWS_PARTITION_NUMBER: text("placement/partition-number"),
  _AWS_DEDICATED_HOST_ID: text("placement/host-id"),
  _AWS_BLOCK_DEVICE_MAPPING_AMI: text("block-device-mapping/ami"),
  _AWS_BLOCK_DEVICE_MAPPING_ROOT: text("block-device-mapping/root"),
  _AWS_BLOCK_DEVICE_MAPPING_SWAP: text("block-device-mapping/swap"),
  _AWS_HOSTNAME: text("hostname"),
  _AWS_LOCAL_HOSTNAME: text("local-hostname"),
  _AWS_PUBLIC_HOSTNAME: text("public-hostname"),
  _AWS_LOCAL_IPV4_ADDR: text("local-ipv4"),
  _AWS_IPV6_ADDR: text("ipv6"),
  _AWS_PUBLIC_IPV4_ADDR: text("public-ipv4"),
  _OP_CLOUD_PROVIDER_IP: text("public-ipv4"),
  _AWS_INSTANCE_ACTION: text("instance-action"),
  _AWS_INSTANCE_ID: text("instance-id"),
  _AWS_INSTANCE_LIFE_CYCLE: text("instance-life-cycle"),
  _AWS_INSTANCE_TYPE: text("instance-type"),
  _AWS_KERNEL_ID: text("kernel-id"),
  _AWS_RAMDISK_ID: text("ramdisk-id"),
  _AWS_RESERVATION_ID: text("reservation-id"),
  _AWS_PRODUCT_CODES: text("product-codes"),
  _AWS_MAC: text(macPath),
  _AWS_METRICS_VHOSTMD: text("metrics/vhostmd"),
  _AWS_OPENSSH_PUBKEY: text("public-keys/0/openssh-key"),
  _AWS_PARTITION_NAME: text("services/partition"),
  _AWS_RESOURCE_DOMAIN: text("services/domain"),
  _AWS_SPOT_INSTANCE_ACTION: text("spot/instance-action"),
  _AWS_SPOT_TERMINATION_TIME: text("spot/termination-time"),
  _AWS_SECURITY_GROUPS: lines("security-groups"),
  _AWS_EVENTS_MAINTENANCE_HISTORY: json("events/maintenance/history"),
  _AWS_EVENTS_MAINTENANCE_SCHEDULED: json("events/maintenance/scheduled"),
  _AWS_EVENTS_RECOMMENDATIONS_REBALANCE: json("events/recommendations/rebalance"),
  _AWS_IAM_INFO: json("iam/info"),
  _AWS_IDENTITY_CREDENTIALS_EC2_INFO: json("identity-credentials/ec2/info"),
  _AWS_IDENTITY_CREDENTIALS_EC2_SECURITY_CREDENTIALS_EC2_INSTANCE: {
    path: "identity-credentials/ec2/security-credentials/ec2-instance",
    form: "credentials",
  },
  _AWS_VPC_ID: text(`${ofInterface}/vpc-id`),
  _AWS_SUBNET_ID: text(`${ofInterface}/subnet-id`),
  _AWS_INTERFACE_ID: text(`${ofInterface}/interface-id`),
  _AWS_SECURITY_GROUP_IDS: lines(`${ofInterface}/security-group-ids`),
};

/** Both are the dictionary of all tags. */
export const tagKeys: readonly string[] = ["_AWS_TAGS", "_OP_CLOUD_PROVIDER_TAGS"];
