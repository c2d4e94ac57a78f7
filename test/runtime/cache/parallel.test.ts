/** Several processes at once: no report is lost from the cache, no line of a log is torn or lost (`runtime-core.md` 11.4, 11.5, 12). */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createReportCache } from "../../../runtime/cache/report-cache.js";
import { createHost } from "../../../runtime/host/create.js";
import { createLogger } from "../../../runtime/log/index.js";
import { createPublisher } from "../../../runtime/sinks/index.js";
import { fakeSettings } from "../../helpers/settings.js";

const processes = 6;
const rounds = 20;
const [role, directory, number] = process.argv.slice(2);

/** What each of the processes does. */
async function work(place: string, id: string): Promise<void> {
  const host = createHost();
  const logger = createLogger(host, { version: "", commit: "" }, { level: "error" });
  const cache = createReportCache({ host, logger, location: join(place, "cache.jsonl"), lockTimeout: 600_000 });
  const settings = fakeSettings({
    sink_config: {
      log: { sink: "file", filename: join(place, "file.log") },
      rotating: { sink: "rotating_log", filename: join(place, "rotating.log"), max: 5000 },
    },
  });
  const publisher = createPublisher({ host, logger, settings: () => settings, version: "" });
  publisher.subscribe("report", "log");
  publisher.subscribe("report", "rotating");
  for (let round = 0; round < rounds; round++) {
    const line = `{ "id" : "${id}-${round}", "x" : "${"x".repeat(200)}" }`;
    cache.queue("report", line, ["s"]);
    cache.writeBack(() => ["s"]);
    await publisher.publish("report", `${line}\n`);
  }
}

if (role === "work") await work(directory as string, number as string);
else {
  test("nothing is lost or torn", async () => {
    const place = mkdtempSync(join(tmpdir(), "chalk-parallel-"));
    const self = fileURLToPath(import.meta.url);
    const one = (id: number) =>
      new Promise<number | null>((done) => {
        spawn(process.execPath, [self, "work", place, String(id)], { stdio: "inherit" }).on("close", done);
      });
    const statuses = await Promise.all(Array.from({ length: processes }, (_, id) => one(id)));
    assert.equal(
      statuses,
      statuses.map(() => 0),
    );
    const ids = (name: string, pattern: RegExp) =>
      readFileSync(join(place, name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => pattern.exec(line)?.[1] ?? `torn: ${line}`);
    const all = Array.from({ length: processes * rounds }, (_, i) => `${i % processes}-${Math.floor(i / processes)}`).sort();
    assert.equal(ids("cache.jsonl", /"id\\" : \\"([\d-]+)\\".*"\$sinks" : \["s"\] \}$/).sort(), all);
    assert.equal(ids("file.log", /^\{ "id" : "([\d-]+)", "x" : "x{200}" \}$/).sort(), all);
    const kept = ids("rotating.log", /^\{ "id" : "([\d-]+)", "x" : "x{200}" \}$/);
    assert.ok(kept.length >= 10 && kept.length <= 25, String(kept.length));
    assert.ok(kept.every((id) => all.includes(id)));
    assert.not.ok(existsSync(join(place, "cache.jsonl.lock")) || existsSync(join(place, "rotating.log.lock")));
    rmSync(place, { recursive: true, force: true });
  });
  test.run();
}
