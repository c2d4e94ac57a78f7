// Versions of docker in reports of commands that are not docker's (`docker.md` 14.6), with a docker that only plays docker.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerStandIn } from "../../helpers/docker-stand-in.js";
import { createPlace, runChalk } from "../../helpers/program.js";

const versionKeys = ["_DOCKER_CLIENT_VERSION", "_DOCKER_SERVER_VERSION", "_DOCKER_BUILDX_VERSION", "_DOCKER_INFO"];

test("any command that reports them asks docker", () => {
  const place = createPlace();
  const docker = new DockerStandIn(place.home);
  mkdirSync(join(place.home, ".docker"));
  writeFileSync(join(place.home, ".docker", "config.json"), "{}");
  const environment = { PATH: `${docker.directory}:${process.env.PATH}` };
  const [report] = runChalk(place, ["env"], { environment }).reports;
  assert.equal(
    versionKeys.map((key) => report![key]),
    ["28.2.2", "28.2.2", "0.24.0", "Server:\n Storage Driver: overlay2\n"],
  );
  assert.not.ok("_DOCKER_BUILDER_INFO" in report!, "builders are asked only while a docker command is wrapped");
});

test("nobody asks: docker is not run; it fails or isn't there: the keys are absent", () => {
  const place = createPlace();
  const bin = join(place.home, "bin");
  mkdirSync(bin);
  const record = join(place.home, "record");
  writeFileSync(join(bin, "docker"), `#!/bin/sh\necho "$*" >> ${record}\nexit 1\n`);
  chmodSync(join(bin, "docker"), 0o755);
  const environment = { PATH: `${bin}:/usr/bin:/bin`, DOCKER_HOST: "unix:///nowhere", DOCKER_CONFIG: place.home };
  mkdirSync(join(place.home, "cli-plugins"));
  writeFileSync(join(place.home, "cli-plugins", "docker-buildx"), "");
  const off = versionKeys.map((key) => `report_template.report_default.key.${key}.use = false\n`).join("");
  runChalk(place, ["env"], { environment, config: off });
  assert.not.ok(existsSync(record));
  const failing = runChalk(place, ["env"], { environment });
  assert.equal(readFileSync(record, "utf8").split("\n").filter(Boolean).sort(), [
    "--version",
    "buildx version",
    "info",
    "version",
  ]);
  for (const key of versionKeys) assert.not.ok(key in failing.reports[0]!, key);
  assert.is(failing.reports[0]!._OP_FAILED_KEYS, undefined);
  const disabled = runChalk(place, ["env"], { environment, config: "plugin.docker.enabled: false\n" });
  assert.is(disabled.status, 0);
  assert.is(readFileSync(record, "utf8").split("\n").filter(Boolean).length, 4, "not asked again");
});

test.run();
