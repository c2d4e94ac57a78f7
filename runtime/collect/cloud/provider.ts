/**
 * Whose machine this is, by what firmware and hypervisor say (`collection.md` 7.1). Only files are read: where none of the clouds shows itself, nobody is
 * asked anything over the network.
 */
import { readKernelText } from "../kernel-text.js";
import type { CollectContext } from "../types.js";

export type CloudProvider = "aws" | "azure" | "gcp";

/** Paths by field of `cloud_provider.cloud_instance_hw_identifiers`. */
const sources = {
  sys_vendor_path: "/sys/class/dmi/id/board_vendor",
  sys_hypervisor_path: "/sys/hypervisor/uuid",
  sys_product_path: "/sys/devices/virtual/dmi/id/product_uuid",
  sys_board_asset_tag_path: "/sys/devices/virtual/dmi/id/board_asset_tag",
  sys_resolv_path: "/etc/resolv.conf",
} as const;
type Source = keyof typeof sources;

/** What this machine says about itself; each file is read when its text is asked for, and unreadable ones have none. */
export class InstanceIdentity {
  readonly #context: CollectContext;

  constructor(context: CollectContext) {
    this.#context = context;
  }

  #text(source: Source): string {
    const { host, settings } = this.#context;
    const path = settings.string(`cloud_provider.cloud_instance_hw_identifiers.${source}`, sources[source]);
    return readKernelText(host.files, path).trim();
  }

  get vendor(): string {
    return this.#text("sys_vendor_path");
  }

  get assetTag(): string {
    return this.#text("sys_board_asset_tag_path");
  }

  /** The variables that only Cloud Run sets together. */
  get isCloudRun(): boolean {
    const { processes } = this.#context.host;
    return Boolean(processes.variable("CLOUD_RUN_TIMEOUT_SECONDS")) && Boolean(processes.variable("K_SERVICE"));
  }

  /** Undefined: none of those that we know. */
  get provider(): CloudProvider | undefined {
    const vendor = this.vendor.toLowerCase();
    const isEc2 = (source: Source) => this.#text(source).toLowerCase().startsWith("ec2");
    if (isEc2("sys_hypervisor_path") || vendor.includes("amazon") || isEc2("sys_product_path")) return "aws";
    if (vendor.includes("microsoft")) return "azure";
    if (vendor.includes("google") || (this.isCloudRun && this.#asksGoogle())) return "gcp";
    return undefined;
  }

  /** Is Google's resolver configured? Cloud Run shows no vendor. */
  #asksGoogle(): boolean {
    const lines = this.#text("sys_resolv_path").split("\n");
    return lines.some((line) => !/^\s*[#;]/.test(line) && line.toLowerCase().includes("google.internal"));
  }
}
