/** Sink `post` (`runtime-core.md` 11.6): one POST per message. */
import type { HttpResponse } from "../../host/host.js";
import { failureOf, isSuccess, sendFollowing, statusText, withAttempts } from "../http/attempts.js";
import { type HttpConfig, httpConfig } from "../http/config.js";
import { coreHeaders, mergeHeaders } from "../http/headers.js";
import type { SinkContext, SinkKind } from "../types.js";

const coreNames = new Set([
  "user-agent",
  "content-type",
  "x-chalk-version",
  "x-chalk-operation",
  "x-content-length",
  "x-chalk-digest-sha256",
  "x-chalk-action-id",
  "x-chalk-attempt",
]);

/**
 * POSTs a body with retries and redirects and returns the successful answer. Throws a `SinkFailure`. Used by `otlp` too; `extra` headers win over those of
 * the user.
 */
export async function postBody(
  context: SinkContext,
  config: HttpConfig,
  body: Uint8Array,
  extra: Iterable<readonly [string, string]> = [],
): Promise<HttpResponse> {
  const fixed = coreHeaders(context, body);
  const privateHeaders = new Set(
    [...config.headers.keys(), ...config.authHeaders.keys()]
      .map((name) => name.toLowerCase())
      .filter((name) => !coreNames.has(name)),
  );
  const response = await withAttempts(
    context.host,
    (attempt) =>
      sendFollowing(context.host, {
        request: {
          method: "POST",
          url: config.uri,
          headers: mergeHeaders(config.headers, [["Content-Type", config.contentType]], extra, config.authHeaders, fixed, [
            ["X-Chalk-Attempt", String(attempt)],
          ]),
          body,
          timeout: config.timeout,
          ...config.trust,
        },
        privateHeaders,
        disallowHttp: config.disallowHttp,
      }),
    { timeout: config.timeout },
  );
  if (!isSuccess(response)) throw failureOf("Post", response);
  return response;
}

/** Logs the event and, if the configuration has one, its own message for a delivery. */
export function posted(context: SinkContext, event: string): void {
  context.event(event);
  const message = context.parameters.string("on_write_msg", "").trim();
  if (message !== "") context.logger.info(message);
}

export const postKind: SinkKind = {
  name: "post",
  configure(context) {
    const config = httpConfig(context);
    return {
      async send({ text }) {
        const response = await postBody(context, config, new TextEncoder().encode(text));
        posted(context, `Post ${statusText(response)}`);
      },
    };
  },
};
