/**
 * One repository during one operation (`collection.md` 5): everything about it is found out when it is first asked for and kept. Each group of facts fails
 * on its own; a failure is told with every group that is asked for again, and logged once (5.8).
 */
import { reasonOf } from "../../reason.js";
import { isMarking } from "../system.js";
import type { CollectContext } from "../types.js";
import { type Commit, readCommit } from "./commit.js";
import { type GitConfig, localConfig, wholeConfig } from "./config.js";
import type { Location } from "./discover.js";
import { compareIndex } from "./index-file.js";
import { ObjectStore } from "./objects.js";
import { chooseRemote, localOrigin, type Remote, withoutCredentials } from "./origin.js";
import { GitProgram } from "./program.js";
import { ProgramRefs } from "./program-refs.js";
import { FileRefs, type Head, type RefReader } from "./refs.js";
import { type DiffStat, diffPatch, diffStat, gitStatus, type WorkTreeStatus } from "./status.js";
import { chooseTag, type FoundTag, peel, refetch, tagsOf } from "./tags.js";

/** HEAD and its commit. */
export interface Checkout {
  readonly id: string;
  readonly branch: string | undefined;
  readonly commit: Commit;
}

const collectionFailed = "GIT_COLLECTION_FAILED";
const refetchFailed = "GIT_REFETCH_FAILED";
const branchPrefix = "refs/heads/";

/** Keys under which failures of each group are recorded. */
const failureKeys = {
  commit: ["_COMMIT_ID"],
  tag: ["_TAG"],
  refetch: ["_TAG"],
  status: ["_VCS_MISSING_FILES", "_VCS_MODIFIED_FILES", "_VCS_UNTRACKED_FILES"],
  untracked: ["_VCS_UNTRACKED_FILES"],
  stat: ["_VCS_DIFF_STAT"],
  patch: ["_VCS_DIFF_PATCH"],
} as const;
type Group = keyof typeof failureKeys;

interface Failure {
  readonly code: string;
  readonly message: string;
}

const needsGit = "this needs the git program, which is not installed";

export class Repository {
  readonly location: Location;
  readonly #context: CollectContext;
  readonly #results = new Map<Group, { readonly value: unknown }>();
  readonly #failures = new Map<Group, Failure>();
  readonly #told = new Set<Group>();
  #local: GitConfig | undefined;
  #config: GitConfig | undefined;
  #program: GitProgram | undefined;
  #tagWarning: Failure | undefined;

  constructor(context: CollectContext, location: Location) {
    this.#context = context;
    this.location = location;
  }

  /** Somebody else asks from here on: failures are told anew. */
  startRequest(): void {
    this.#told.clear();
  }

  /** What is checked out; undefined without a commit, or if that can't be read. */
  checkout(): Checkout | undefined {
    return this.#group("commit", () => this.#withObjects((objects) => this.#readCheckout(objects)));
  }

  /** The origin's address without credentials; undefined without a commit. */
  origin(): string | undefined {
    const checkout = this.checkout();
    if (checkout === undefined) return undefined;
    const remote = this.#remote(checkout);
    return remote === undefined ? localOrigin : withoutCredentials(remote.url);
  }

  /** The tag of the commit. */
  tag(): FoundTag | undefined {
    const found = this.#group("tag", () => {
      const checkout = this.checkout();
      return checkout === undefined ? undefined : this.#readTag(checkout);
    });
    if (this.#tagWarning !== undefined) this.#tell("refetch", this.#tagWarning);
    return found;
  }

  /** Lists of changed files; undefined for bare repositories. */
  status(): WorkTreeStatus | undefined {
    const found = this.#group("status", () => (this.location.bare ? undefined : this.#readStatus()));
    if (found !== undefined && found.untracked === undefined)
      this.#tell("untracked", { code: collectionFailed, message: needsGit });
    return found;
  }

  /** Numbers of the difference against HEAD. */
  diffStat(): DiffStat | undefined {
    return this.#diff("stat", diffStat);
  }

  /** The difference against HEAD as text. */
  diffPatch(): string | undefined {
    return this.#diff("patch", diffPatch);
  }

  #diff<T>(group: "stat" | "patch", read: (program: GitProgram) => T | undefined): T | undefined {
    return this.#group(group, () => {
      if (this.location.bare || this.checkout() === undefined) return undefined;
      const found = read(this.#git());
      if (found === undefined) throw new Error(needsGit);
      return found;
    });
  }

  /** Computes a group once. A failure is logged the first time and recorded each time. */
  #group<T>(group: Group, compute: () => T): T | undefined {
    let result = this.#results.get(group);
    if (result === undefined) {
      let value: T | undefined;
      try {
        value = compute();
      } catch (error) {
        const message = reasonOf(error);
        this.#failures.set(group, { code: collectionFailed, message });
        this.#context.log("error", `${this.location.root}: git: ${message}`);
      }
      result = { value };
      this.#results.set(group, result);
    }
    const failure = this.#failures.get(group);
    if (failure !== undefined) this.#tell(group, failure);
    return result.value as T | undefined;
  }

  #tell(group: Group, { code, message }: Failure): void {
    if (this.#told.has(group)) return;
    this.#told.add(group);
    const description = `Part of what the git repository ${this.location.root} says could not be collected.`;
    for (const key of failureKeys[group]) this.#context.fail?.(key, { code, error: message, description });
  }

  get #ownConfig(): GitConfig {
    this.#local ??= localConfig(this.#context.host, this.location);
    return this.#local;
  }

  get #idSize(): 20 | 32 {
    return this.#ownConfig.last("extensions", undefined, "objectformat")?.toLowerCase() === "sha256" ? 32 : 20;
  }

  #git(): GitProgram {
    this.#program ??= new GitProgram(this.#context.host, this.location);
    return this.#program;
  }

  #refs(): RefReader {
    const storage = this.#ownConfig.last("extensions", undefined, "refstorage")?.toLowerCase() ?? "files";
    return storage === "files" ? new FileRefs(this.#context.host.files, this.location) : new ProgramRefs(this.#git(), storage);
  }

  #withObjects<T>(use: (objects: ObjectStore) => T): T {
    const objects = new ObjectStore(this.#context.host.files, `${this.location.commonDirectory}/objects`, this.#idSize);
    try {
      return use(objects);
    } finally {
      objects.close();
    }
  }

  #readCheckout(objects: ObjectStore): Checkout | undefined {
    const head: Head = this.#refs().head();
    if (head.id === undefined) return undefined;
    const id = peel(objects, head.id);
    if (id === undefined) throw new Error("HEAD does not lead to a commit");
    const branch = head.ref?.startsWith(branchPrefix) ? head.ref.slice(branchPrefix.length) : undefined;
    return { id, branch, commit: readCommit(objects.read(id).data) };
  }

  #remote(checkout: Checkout): Remote | undefined {
    this.#config ??= wholeConfig(this.#context.host, this.#ownConfig);
    return chooseRemote(this.#config, checkout.branch);
  }

  #readTag(checkout: Checkout): FoundTag | undefined {
    const read = () => this.#withObjects((objects) => tagsOf(this.#refs(), objects, checkout.id));
    const tags = read();
    const light = tags.filter(({ tag }) => tag === undefined).map(({ name }) => name);
    return chooseTag(light.length > 0 && this.#refetch(checkout, light) ? read() : tags);
  }

  /** Asks the remote for annotated forms of tags (5.5); true if it was asked. Changes the repository, so only while marking. */
  #refetch(checkout: Checkout, names: readonly string[]): boolean {
    const { host, settings, operation, log } = this.#context;
    if (!isMarking(operation) || !settings.bool("git.refetch_lightweight_tags", true)) return false;
    const remote = this.#remote(checkout);
    if (remote === undefined) return false;
    const program = this.#git();
    if (program.foreign) {
      log("trace", `${this.location.root}: tags are not fetched again, the repository belongs to another user`);
      return false;
    }
    try {
      const asked = refetch(
        { host, settings, location: this.location, config: this.#config as GitConfig, program, remote },
        names,
      );
      if (!asked) log("trace", `${this.location.root}: tags are not fetched again: ${needsGit}`);
      return asked;
    } catch (error) {
      // Messages of git may quote the address with its credentials.
      const message = reasonOf(error).replaceAll(remote.url, withoutCredentials(remote.url));
      this.#tagWarning = { code: refetchFailed, message };
      log("warn", `${this.location.root}: lightweight tags could not be fetched again: ${message}`);
      return false;
    }
  }

  #readStatus(): WorkTreeStatus {
    const { host } = this.#context;
    const tree = this.checkout()?.commit.tree;
    const found = gitStatus(host, this.location, this.#git());
    if (found !== undefined) return found;
    return this.#withObjects((objects) => compareIndex({ host, location: this.location, objects, idSize: this.#idSize, tree }));
  }
}
