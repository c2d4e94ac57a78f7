/**
 * Whom an HTTPS server must be vouched for by (`runtime-core.md` 11.6): the system's certificates; where it has none (small images), those that the engine
 * brings along (Mozilla's); in the order that the caller prefers.
 */
import * as fs from "node:fs";
import type { HttpRequest } from "./host.js";

/** Where distributions keep their bundle. */
const places = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
];

let known: { readonly path: string; readonly modified: number; readonly text: string } | undefined;

/** The system's bundle, read again when it has changed; undefined if there is none. `SSL_CERT_FILE` names another one. */
function systemRoots(): string | undefined {
  const named = process.env["SSL_CERT_FILE"];
  for (const path of named === undefined || named === "" ? places : [named, ...places]) {
    try {
      const modified = fs.statSync(path).mtimeMs;
      if (known?.path === path && known.modified === modified) return known.text;
      const text = fs.readFileSync(path, "latin1");
      if (!text.includes("-----BEGIN ")) continue;
      known = { path, modified, text };
      return text;
    } catch {
      // The next one, then.
    }
  }
  return undefined;
}

/** The request with each trust store that it is to be tried with, in order; without one the engine's own is used. */
export function withTrust(request: HttpRequest): readonly HttpRequest[] {
  const { roots = "system" } = request;
  if (request.trust !== undefined || !/^https:/i.test(request.url)) return [request];
  const trust = systemRoots();
  if (trust === undefined) return [request];
  const bySystem = { ...request, trust };
  if (roots === "system") return [bySystem];
  return roots === "bundled, then system" ? [request, bySystem] : [bySystem, request];
}

/** Does this failure mean that the other side's certificate is not vouched for, so that another store may know better? */
export function isUnknownIssuer(code: string): boolean {
  return /ISSUER|VERIFY|SELF_SIGNED|UNTRUSTED/.test(code);
}
