/** Parameters of sink `s3` (`runtime-core.md` 11.8). */
import { parseHttpUrl } from "../http/config.js";
import { SinkConfigurationError, type SinkContext } from "../types.js";

export interface S3Config {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly token: string;
  readonly region: string;
  readonly bucket: string;
  /** Directory part of the object key, with a final slash unless empty. */
  readonly directory: string;
  readonly name: string;
  readonly extra: string;
  /** Base URL of the service without a final slash; empty: AWS. */
  readonly endpoint: string;
}

/** Reads the parameters. Throws a `SinkConfigurationError` if the URI or endpoint can't be used. */
export function s3Config(context: SinkContext): S3Config {
  const { parameters, host } = context;
  const uri = parameters.string("uri", "");
  const match = /^s3:\/\/([^/]+)\/+(.*)$/i.exec(uri);
  const [, bucket, path] = match ?? [];
  if (bucket === undefined || path === undefined || path === "" || path.endsWith("/"))
    throw new SinkConfigurationError(`uri must have the form s3://bucket/path/name, not '${uri}'`);
  const endpoint = parameters.string("endpoint", "");
  if (endpoint !== "") parseHttpUrl(endpoint, "endpoint");
  const slash = path.lastIndexOf("/");
  const { variable } = host.processes;
  const region = parameters.string("region", "") || variable("AWS_REGION") || variable("AWS_DEFAULT_REGION") || "us-east-1";
  return {
    accessKey: parameters.string("uid", ""),
    secretKey: parameters.string("secret", ""),
    token: parameters.string("token", ""),
    region,
    bucket,
    directory: path.slice(0, slash + 1),
    name: path.slice(slash + 1),
    extra: parameters.string("extra", ""),
    endpoint: endpoint.replace(/\/+$/, ""),
  };
}
