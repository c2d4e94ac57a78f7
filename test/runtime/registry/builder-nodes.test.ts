/** What `docker buildx inspect` says about the nodes of a builder (`docker.md` 14.6, 17.2). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readBuilderNodes } from "../../../runtime/registry/builder-nodes.js";

const info = `Name:          box
Driver:        docker-container
Last Activity: 2024-01-01 00:00:00 +0000 UTC

Nodes:
Name:                  box0
Endpoint:              unix:///var/run/docker.sock
Status:                running
BuildKit daemon flags: --debug --config '/etc/other.toml'
BuildKit version:      v0.22.0
Platforms:             linux/amd64*, linux/arm64
File#buildkitd.toml:
 > debug = true
 >
 > [registry."docker.io"]
 >   mirrors = ["m.example"]
File#certs/ca.pem:
 > PEM

Name:     box1
Endpoint: ssh://other
Status:   inactive
`;

test("nodes with their parts of the text, and the configuration that a builder in debug mode shows", () => {
  const [first, second, ...more] = readBuilderNodes(info);
  assert.equal(more, []);
  assert.is(first?.name, "box0");
  assert.match(first?.text ?? "", /^Name: +box0\n[\s\S]* > PEM$/);
  assert.is(first?.configText, 'debug = true\n\n[registry."docker.io"]\n  mirrors = ["m.example"]');
  assert.is(first?.configPath, "/etc/other.toml");
  assert.equal([second?.name, second?.configText, second?.configPath], ["box1", undefined, "/etc/buildkit/buildkitd.toml"]);
  assert.is(second?.text, "Name:     box1\nEndpoint: ssh://other\nStatus:   inactive");
});

test("a builder of another kind has no nodes that could be asked", () => {
  assert.equal(readBuilderNodes(info.replace("docker-container", "docker")), []);
  assert.equal(readBuilderNodes(""), []);
  assert.equal(readBuilderNodes("Driver: docker-container\nNodes:\n"), []);
});

test.run();
