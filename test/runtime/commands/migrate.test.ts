/** `chalk config migrate` and the linter's view of old spellings, as users meet them: comments and layout stay, a second run changes nothing. */
import { readFileSync, unlinkSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSession, sessionFile } from "../../helpers/session.js";

const old = `# Heartbeats, as they were written in 2023.
symlink_behavior = "clobber"       # follow links
use_tech_stack_detection: false    # gone without a trace

exec {
    heartbeat: true                // on
    heartbeat_rate: <<10 minutes>>
}

signing_key_location: "/etc/keys/own.pub" # the key

tech_stack_rule mysql {
  description: "a rule"
  file_scope { regex: "mysql" }
}

report_template mine {
  /* who */
  key._OP_HOSTINFO.use   = true
  key._IMAGE_ID.use      = true
  key._TENANT_ID.use     = true
  key _IMAGE_DIGEST { use: true }
}

custom_report r {
  report_template: "push_default"
  sink_configs:    ["json_console_out"]
  use_when:        ["login", "insert", "logout"]  # when
}
`;

const current = `# Heartbeats, as they were written in 2023.
symlink_behavior_chalking = "clobber"       # follow links

exec {
    heartbeat.run: true                // on
    heartbeat.rate: <<10 minutes>>
}

attestation.attestation_key_embed.filename: "own.key"; attestation.attestation_key_embed.save_path: "/etc/keys"; attestation.attestation_key_embed.get_paths: ["/etc/keys"] # the key

report_template mine {
  /* who */
  key._OP_HOST_VERSION.use   = true
  key._IMAGE_CONFIG_DIGEST.use      = true
  key _REPO_DIGESTS { use: true }
}

custom_report r {
  report_template: "insertion_default"
  sink_configs:    ["json_console_out"]
  use_when:        ["insert"]  # when
}
`;

test("old spellings are rewritten in place; nothing else changes", async () => {
  const file = sessionFile("old.c4m", old);
  const shown = await runSession(["config", "migrate", file]);
  assert.is(shown.status, 0, shown.stderr);
  assert.is(shown.stdout, current);
  assert.is(readFileSync(file, "utf8"), old, "without --write the file stays");
  const written = await runSession(["config", "migrate", "--write", file]);
  assert.is(written.status, 0);
  assert.is(written.stdout, "");
  assert.is(readFileSync(file, "utf8"), current);
  const again = await runSession(["config", "migrate", "--write", file]);
  assert.is(again.status, 0);
  assert.is(readFileSync(file, "utf8"), current);
});

test("lint shows each old spelling with its fix, exits 0; nothing is left after migration", async () => {
  const before = JSON.parse((await runSession(["config", "lint", "--json", sessionFile("old.c4m", old)])).stdout);
  const list = (Array.isArray(before) ? before : before.diagnostics).filter((one: { code: string }) => one.code === "CHK-001");
  assert.is(list.length, 13);
  assert.ok(list.every((one: { fix?: unknown; severity: string }) => one.fix !== undefined && one.severity === "warning"));
  const after = await runSession(["config", "lint", sessionFile("new.c4m", current)]);
  assert.is(after.status, 0, after.stdout);
  assert.not.match(after.stdout, /CHK-001/);
});

test("what cannot be rewritten is named", async () => {
  const { stdout, stderr, status } = await runSession([
    "config",
    "migrate",
    sessionFile("computed.c4m", 'signing_key_location: "/etc/" + "own.key"\nd := "x"\nsigning_key_location: d\n'),
  ]);
  assert.is(status, 0);
  assert.match(stderr, /computed\.c4m:3: needs a hand/);
  assert.match(stdout, /attestation_key_embed\.filename: "own\.key"|signing_key_location: "\/etc\/" \+ "own\.key"/);
});

test("statements that vanish take their line or their semicolon with them", async () => {
  for (const [before, after] of [
    ['api_login: true; log_level: "warn"\n', 'log_level: "warn"\n'],
    ['log_level: "warn"; api_login: true # c\n', 'log_level: "warn" # c\n'],
    ['log_level: "warn"; api_login: true; color: false\n', 'log_level: "warn"; color: false\n'],
    ["api_login: true\n", ""],
    ["api_login: true", ""],
    ["color: true\n\napi_login: true # gone\n\nvirtual_chalk: true\n", "color: true\n\nvirtual_chalk: true\n"],
    ["color: true\r\n\r\napi_login: true\r\n\r\nvirtual_chalk: true\r\n", "color: true\r\n\r\nvirtual_chalk: true\r\n"],
    ["if true { api_login: true }\n", "if true {  }\n"],
  ] as const) {
    const { stdout } = await runSession(["config", "migrate", "-"], { input: before });
    assert.is(stdout, after, JSON.stringify(before));
  }
});

test("standard input; syntax errors are left alone", async () => {
  const piped = await runSession(["config", "migrate", "-"], { input: "validation_warning: true # x\n" });
  assert.is(piped.stdout, "load.validation_warning: true # x\n");
  const broken = await runSession(["config", "migrate", sessionFile("broken.c4m", "a = \n")]);
  assert.is(broken.status, 1);
  assert.is(broken.stdout, "");
});

test("chalk.conf is found where chalk.c4m is missing, with a warning", async () => {
  const path = sessionFile("chalk.conf", "exec.heartbeat_rate: <<7 minutes>>\n");
  try {
    const { stdout, stderr } = await runSession(["config", "explain", "--json", "exec.heartbeat.rate"], { external: true });
    assert.is(JSON.parse(stdout)[0].value, "<<7 mins>>");
    assert.match(stderr, /configuration files are called chalk\.c4m now/);
  } finally {
    unlinkSync(path);
  }
});

test("old commands and flags", async () => {
  const old = await runSession(["vers"]);
  assert.is(old.status, 0);
  assert.match(old.stdout, /Chalk Version/);
  const flags = await runSession([
    "--symlink-behaviour=copy",
    "--no-use-tech-stack-detection",
    "config",
    "explain",
    "--json",
    "symlink_behavior_chalking",
  ]);
  assert.is(JSON.parse(flags.stdout)[0].value, '"copy"');
  for (const given of [["--key-file=/etc/keys/own.pub"], ["--key-file", "/etc/keys/own.pub"]]) {
    const { stdout } = await runSession([
      ...given,
      "config",
      "explain",
      "--json",
      "attestation.attestation_key_embed.filename",
      "attestation.attestation_key_embed.get_paths",
    ]);
    const [name, paths] = JSON.parse(stdout);
    assert.is(name.value, '"own.key"');
    assert.equal(name.origin, { kind: "flag", flag: "--key-file" });
    assert.is(paths.value, '["/etc/keys"]');
  }
  for (const word of ["login", "logout"]) {
    const { status, stdout, stderr } = await runSession([word]);
    assert.is(status, 0);
    assert.is(stdout, "");
    assert.ok(stderr.length > 0);
  }
  assert.is((await runSession(["extract", "--search-layers", "--help"])).status, 0);
});

test.run();
