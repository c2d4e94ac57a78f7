/** Sink `s3` (`runtime-core.md` 11.8): one new object per message. */

import { encodePath, signedHeaders } from "../../aws-signature.js";
import type { Host } from "../../host/host.js";
import { failureOf, isSuccess, statusText, withAttempts } from "../http/attempts.js";
import { posted } from "../post/sink.js";
import type { SinkKind } from "../types.js";
import { type S3Config, s3Config } from "./config.js";

const timeout = 1000;
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const randomLength = 26;

/** `<ms>-<26 random characters>[-<extra>]-<name>` below the directory of the URI, without leading slash. */
export function objectKey(host: Host, config: S3Config): string {
  const random = Array.from(host.machine.randomBytes(randomLength), (byte) => alphabet[byte & 31]).join("");
  const parts = [String(Math.floor(host.clock.now())), random, ...(config.extra === "" ? [] : [config.extra]), config.name];
  return config.directory + parts.join("-");
}

/** AWS by virtual host in the bucket's region, other services by path. */
export function objectUrl(config: S3Config, key: string): URL {
  if (config.endpoint !== "") return new URL(`${config.endpoint}/${encodePath(config.bucket)}/${encodePath(key)}`);
  const domain = config.region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(`https://${config.bucket}.s3.${config.region}.${domain}/${encodePath(key)}`);
}

export const s3Kind: SinkKind = {
  name: "s3",
  configure(context) {
    const config = s3Config(context);
    const { host } = context;
    return {
      async send({ text }) {
        const body = new TextEncoder().encode(text);
        const key = objectKey(host, config);
        const url = objectUrl(config, key);
        const payloadHash = host.hashing.hex("sha256", body);
        const response = await withAttempts(
          host,
          () =>
            host.network.request({
              method: "PUT",
              url: url.href,
              body,
              timeout,
              headers: signedHeaders(host.hashing, {
                method: "PUT",
                host: url.host,
                path: url.pathname,
                region: config.region,
                service: "s3",
                payloadHash,
                headers: { "content-type": "application/json" },
                accessKey: config.accessKey,
                secretKey: config.secretKey,
                token: config.token,
                time: host.clock.now(),
              }),
            }),
          { timeout },
        );
        if (!isSuccess(response)) throw failureOf("S3 upload", response);
        posted(context, `Post to: ${key}; response = ${statusText(response)}`);
      },
    };
  },
};
