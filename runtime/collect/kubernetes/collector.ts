/** The `k8s` collector (`collection.md` 9): active where an operator has named the pod. What it does is loaded only there. */
import type { Collector } from "../types.js";

/** The `k8s` collector. */
export const kubernetes: Collector = {
  name: "k8s",
  async collectReport(context) {
    const variable = (name: string) => context.host.processes.variable(name) || undefined;
    const metadata = variable("CHALK_K8S_METADATA");
    const namespace = variable("CHALK_K8S_POD_NAMESPACE");
    const name = variable("CHALK_K8S_POD_NAME");
    const containerName = variable("CHALK_K8S_CONTAINER_NAME");
    if (metadata === undefined || namespace === undefined || name === undefined || containerName === undefined) return new Map();
    return (await import("./pod.js")).collectPod(context, { metadata, namespace, name, containerName });
  },
};
