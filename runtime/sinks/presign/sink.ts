/** Sink `presign` (`runtime-core.md` 11.7): asks a service for a signed URL and puts the message there. */
import { isSuccess, statusText } from "../http/attempts.js";
import { httpConfig } from "../http/config.js";
import { coreHeaders, mergeHeaders } from "../http/headers.js";
import { presigned } from "../http/presigned.js";
import { posted } from "../post/sink.js";
import { SinkFailure, type SinkKind } from "../types.js";

export const presignKind: SinkKind = {
  name: "presign",
  configure(context) {
    const config = httpConfig(context);
    return {
      async send({ text }) {
        const body = new TextEncoder().encode(text);
        const headers = mergeHeaders(
          config.headers,
          [["Content-Type", config.contentType]],
          config.authHeaders,
          coreHeaders(context, body),
        );
        const { uri: url, timeout, trust, disallowHttp } = config;
        const { second } = await presigned(context.host, {
          method: "PUT",
          url,
          headers,
          body,
          timeout,
          trust,
          disallowHttp,
          what: "Presign",
        });
        // An upload that fails says little about the configuration, so it is never a hard failure.
        if (!isSuccess(second)) throw new SinkFailure("soft", `Presign failed: ${statusText(second)}`);
        posted(context, `Presign ${statusText(second)}`);
      },
    };
  },
};
