/** Parameters of sink `otlp` (`ours.md` 5): those of `post` and a few of its own. */
import { type HttpConfig, httpConfig } from "../http/config.js";
import { SinkConfigurationError, type SinkContext } from "../types.js";

export interface OtlpConfig {
  readonly http: HttpConfig;
  readonly gzip: boolean;
  readonly batchSize: number;
  readonly serviceName: string;
}

/** Reads the parameters. Throws a `SinkConfigurationError`. */
export function otlpConfig(context: SinkContext): OtlpConfig {
  const { parameters } = context;
  const batchSize = parameters.int("batch_size", 100);
  if (batchSize < 1 || batchSize > 10_000) throw new SinkConfigurationError(`batch_size must be 1 to 10000, not ${batchSize}`);
  return {
    http: { ...httpConfig(context), contentType: "application/json" },
    gzip: parameters.bool("gzip", true),
    batchSize,
    serviceName: parameters.string("service_name", "chalk"),
  };
}
