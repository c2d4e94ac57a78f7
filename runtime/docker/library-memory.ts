/**
 * What was found out about the libraries of images, remembered from build to build by image id (`docker.md` 10.7): to look into an image takes docker longer
 * than anything else that we ask it, and an image never changes. Only a memory: without it, or if it cannot be read or written, images are looked into again.
 */
import { type Host, HostError } from "../host/host.js";
import { compact, isJsonObject, type JsonObject, parseJson } from "../json.js";
import { directoryOf } from "../paths.js";
import type { LibraryNeeds } from "./libraries.js";

const place = ".local/chalk/image-libraries.json";
/** Entries that are kept, the newest. */
const most = 500;

export class LibraryMemory {
  private readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  private get path(): string | undefined {
    const home = this.host.machine.home();
    return home === undefined ? undefined : `${home}/${place}`;
  }

  private read(path: string): JsonObject {
    try {
      const parsed = parseJson(this.host.files.readText(path));
      return "value" in parsed && isJsonObject(parsed.value) ? parsed.value : new Map();
    } catch (error) {
      if (error instanceof HostError) return new Map();
      throw error;
    }
  }

  /** Does an image have what an executable needs? Asks `find` if that isn't known yet. */
  has(image: string, needs: LibraryNeeds, find: () => boolean | undefined): boolean | undefined {
    const { path } = this;
    if (path === undefined || image === "") return find();
    const key = `${image} ${needs.interpreter} ${needs.glibc.join(".")}`;
    const known = this.read(path).get(key);
    if (typeof known === "boolean") return known;
    const found = find();
    if (found !== undefined) this.add(path, key, found);
    return found;
  }

  private add(path: string, key: string, found: boolean): void {
    const { files } = this.host;
    try {
      // Read once more: another build may have added something.
      const entries = [...this.read(path), [key, found] as const].slice(-most);
      files.makeDirectories(directoryOf(path));
      files.replace(path, `${compact(new Map(entries))}\n`, 0o600);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}
