// The same over real sockets: a metadata service on loopback that works, is silent, refuses, or isn't there; and addresses that are none.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cloudMetadata } from "../../../../runtime/collect/cloud/collector.js";
import { awsEcs } from "../../../../runtime/collect/cloud/ecs.js";
import { createHost } from "../../../../runtime/host/create.js";
import type { Files, Host } from "../../../../runtime/host/host.js";
import { contextOf, plain, settingsOf } from "../../support/collect.js";

const real = createHost();

/** This machine with other files under /sys and other variables. */
function disguised(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}): Host {
  const readBytes = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`${path} is not there`);
    return new TextEncoder().encode(text);
  };
  const processes = { ...real.processes, variable: (name: string) => environment[name] };
  return { ...real, files: { ...real.files, readBytes } as Files, processes };
}

async function serving<T>(listener: RequestListener, use: (address: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    return await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

async function collect(address: string, keys: readonly string[]) {
  const failures: string[] = [];
  const context = contextOf(disguised({ "/sys/class/dmi/id/board_vendor": "Amazon EC2" }), keys, {
    settings: settingsOf({ "cloud_provider.metadata_ip": address }),
    fail: (key, { code }) => void failures.push(`${key} ${code}`),
  });
  return { values: plain(await cloudMetadata.collectReport!(context)), failures };
}

test("an instance, at most eight requests at a time", async () => {
  let [open, most, tags] = [0, 0, 0];
  const waiting: (() => void)[] = [];
  const answer: RequestListener = (request, response) => {
    open += 1;
    most = Math.max(most, open);
    const finish = () => {
      open -= 1;
      if (request.url === "/latest/api/token") response.end(request.method === "PUT" ? "T" : "");
      else if (request.headers["x-aws-ec2-metadata-token"] !== "T") response.writeHead(401).end();
      else if (request.url === "/latest/meta-data/tags/instance")
        response.end(Array.from({ length: 20 }, (_, i) => `tag${i}`).join("\n"));
      else response.end(`at ${request.url}`);
    };
    // Tags are told two at a time, so that whoever asks for one after the other waits in vain.
    if (request.url?.startsWith("/latest/meta-data/tags/instance/") !== true) return void setTimeout(finish, 5);
    tags += 1;
    waiting.push(finish);
    if (tags % 2 === 0)
      setTimeout(() => {
        for (const tell of waiting.splice(0)) tell();
      }, 5);
  };
  await serving(answer, async (address) => {
    const { values, failures } = await collect(address, ["_AWS_TAGS", "_AWS_AMI_ID"]);
    const found = values as Record<string, Record<string, string>>;
    assert.is(found._AWS_AMI_ID, "at /latest/meta-data/ami-id");
    assert.is(Object.keys(found._AWS_TAGS!).length, 20);
    assert.equal(failures, []);
    assert.ok(most > 1 && most <= 8, `${most} at a time`);
  });
});

test("a service that takes the connection and says nothing is one hop too far; one that refuses is no service", async () => {
  await serving(
    () => {},
    async (address) => assert.equal((await collect(address, ["_AWS_AMI_ID"])).failures, ["_OP_CLOUD_METADATA IMDS_HOP_LIMIT"]),
  );
  await serving(
    (_, response) => void response.writeHead(403).end(),
    async (address) => assert.equal((await collect(address, ["_AWS_AMI_ID"])).failures, ["_OP_CLOUD_METADATA IMDS_DISABLED"]),
  );
  // A port that nobody listens on, and that no other test can be given.
  assert.equal((await collect("127.0.0.1:9", ["_AWS_AMI_ID"])).failures, ["_OP_CLOUD_METADATA IMDS_OS_ERROR"]);
});

test("addresses in the environment that are none are a failed key, in both phases", async () => {
  for (const base of ["x", "file:///etc/passwd", "http://[", "http://127.0.0.1:1"]) {
    const failures: string[] = [];
    const keys = ["_OP_CLOUD_METADATA", "CLOUD_METADATA_WHEN_CHALKED"];
    const context = contextOf(disguised({}, { ECS_CONTAINER_METADATA_URI_V4: base }), keys, {
      fail: (key, { code }) => void failures.push(`${key} ${code}`),
    });
    assert.is(awsEcs.collectHost!("pre_run_keys", context).size, 0);
    assert.is((await awsEcs.collectReport!(context)).size, 0);
    assert.equal(failures, ["CLOUD_METADATA_WHEN_CHALKED ECS_METADATA_ERROR", "_OP_CLOUD_METADATA ECS_METADATA_ERROR"], base);
  }
});

test.run();
