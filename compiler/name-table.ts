/**
 * A map from names that usually holds few of them: the members of a section. An engine's `Map` takes a kilobyte for five entries, and a configuration has
 * thousands of sections; so names and values stand in two lists, and a `Map` takes over when there are many.
 */

/** With more names than this, looking through the list takes longer than hashing. */
const fewNames = 8;

/** Like a `Map`, names in the order of their coming; what is added during an iteration is not visited. */
export class NameTable<V> implements Map<string, V> {
  private names: string[] = [];
  private items: V[] = [];
  private large: Map<string, V> | undefined;

  constructor(entries: Iterable<readonly [string, V]> = []) {
    this.large = undefined;
    for (const [name, value] of entries) this.set(name, value);
  }

  get size(): number {
    return this.large === undefined ? this.names.length : this.large.size;
  }

  get(name: string): V | undefined {
    if (this.large !== undefined) return this.large.get(name);
    const { names } = this;
    for (let i = 0; i < names.length; i++) if (names[i] === name) return this.items[i];
    return undefined;
  }

  has(name: string): boolean {
    return this.large === undefined ? this.names.includes(name) : this.large.has(name);
  }

  set(name: string, value: V): this {
    if (this.large !== undefined) {
      this.large.set(name, value);
      return this;
    }
    const index = this.names.indexOf(name);
    if (index >= 0) this.items[index] = value;
    else {
      this.names.push(name);
      this.items.push(value);
      if (this.names.length > fewNames) this.grow();
    }
    return this;
  }

  private grow(): void {
    const large = new Map<string, V>();
    this.names.forEach((name, i) => {
      large.set(name, this.items[i] as V);
    });
    this.large = large;
    this.names = [];
    this.items = [];
  }

  delete(name: string): boolean {
    if (this.large !== undefined) return this.large.delete(name);
    const index = this.names.indexOf(name);
    if (index < 0) return false;
    this.names.splice(index, 1);
    this.items.splice(index, 1);
    return true;
  }

  clear(): void {
    this.large = undefined;
    this.names = [];
    this.items = [];
  }

  forEach(visit: (value: V, name: string, map: Map<string, V>) => void): void {
    for (const [name, value] of this.entries()) visit(value, name, this);
  }

  /** A list of the names, to be sorted or changed. */
  list(): string[] {
    return this.large === undefined ? this.names.slice() : [...this.large.keys()];
  }

  keys(): MapIterator<string> {
    return this.large === undefined ? this.names.slice().values() : this.large.keys();
  }

  values(): MapIterator<V> {
    return this.large === undefined ? this.items.slice().values() : this.large.values();
  }

  entries(): MapIterator<[string, V]> {
    if (this.large !== undefined) return this.large.entries();
    return this.names.map((name, i): [string, V] => [name, this.items[i] as V]).values();
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return "NameTable";
  }
}
