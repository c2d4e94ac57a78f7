// A process that loads a configuration into an executable, for the tests with several of them: load-child.js TARGET TEXT [pause|hang]
import { createHost } from "../../../runtime/host/create.js";
import { readSelfMark } from "../../../runtime/image/self.js";
import { writeSelf } from "../../../runtime/image/write.js";

const [target = "", config = "", manner] = process.argv.slice(2);
const host = createHost();
const self = readSelfMark(host, target);
if (self !== undefined) {
  console.log("ready");
  const result = await writeSelf(host, self, {
    keys: new Map([["CHALK_VERSION", "1.0"]]),
    state: { ...self.state, config },
    orderOf: (key) => ({ MAGIC: 0n, CHALK_ID: 1n })[key],
    check: async () => {
      console.log("checking");
      // "pause": until somebody else has replaced it.
      const { inode } = host.files.stat(target);
      const end = host.clock.monotonic() + 600_000;
      while (manner !== undefined && host.clock.monotonic() < end) {
        if (manner === "pause" && host.files.stat(target).inode !== inode) break;
        host.clock.sleepSync(10);
      }
      return undefined;
    },
  });
  console.log(result.kind === "written" ? "written" : result.code);
}
