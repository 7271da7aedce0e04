// Messages that the node has not taken yet, kept across a reload. They lie in
// IndexedDB sealed with AES-GCM under a key that no script can read out, so a
// copy of the browser's files alone does not show the text. Signing out
// forgets the key first.
import type { Message, SendExtra } from "~/api/types.ts";
import type { ReplyTo } from "./model.ts";
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

export interface Waiting {
  readonly key: string;
  readonly conversation: string;
  readonly text: string;
  readonly at: string;
  readonly reply_to?: ReplyTo; // what it answers
  readonly send?: SendExtra; // what else goes to the node with it
  readonly shown?: Partial<Message>; // what shows of that in the page
  readonly attempt: number; // grows when a person tries a refused message again
}

interface Sealed {
  key: string;
  acct: string;
  at: string;
  iv: Uint8Array<ArrayBuffer>;
  body: ArrayBuffer;
}

interface Schema extends DBSchema {
  keys: { key: string; value: CryptoKey };
  waiting: { key: string; value: Sealed; indexes: { acct: string } };
}

export class Outbox {
  #db: IDBPDatabase<Schema>;
  #acct: string;
  #secret: CryptoKey;

  private constructor(db: IDBPDatabase<Schema>, acct: string, secret: CryptoKey) {
    this.#db = db;
    this.#acct = acct;
    this.#secret = secret;
  }

  static async open(acct: string, name = "conclave"): Promise<Outbox> {
    const db = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("keys");
        fresh.createObjectStore("waiting", { keyPath: "key" }).createIndex("acct", "acct");
      },
      blocking(_, __, event) {
        (event.target as IDBDatabase).close(); // another tab logs out and clears it
      },
    });
    return new Outbox(db, acct, await secretFor(db, acct));
  }

  async put(item: Waiting): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const body = await crypto.subtle.encrypt(this.#cipher(item.key, iv), this.#secret, encode(item));
    await this.#db.put("waiting", { key: item.key, acct: this.#acct, at: item.at, iv, body });
  }

  async remove(key: string): Promise<void> {
    await this.#db.delete("waiting", key);
  }

  // all gives what waits, oldest first. What cannot be opened is of no use to
  // anybody and is removed.
  async all(): Promise<Waiting[]> {
    const sealed = await this.#db.getAllFromIndex("waiting", "acct", this.#acct);
    const opened: Waiting[] = [];
    for (const one of sealed.sort((a, b) => a.at.localeCompare(b.at))) {
      try {
        const body = await crypto.subtle.decrypt(this.#cipher(one.key, one.iv), this.#secret, one.body);
        opened.push(JSON.parse(new TextDecoder().decode(body)) as Waiting);
      } catch {
        await this.remove(one.key);
      }
    }
    return opened;
  }

  // forget makes all that waits unreadable for good.
  async forget(): Promise<void> {
    await this.#db.delete("keys", this.#acct);
    const keys = await this.#db.getAllKeysFromIndex("waiting", "acct", this.#acct);
    for (const key of keys) await this.remove(key);
    this.#db.close();
  }

  #cipher(key: string, iv: Uint8Array<ArrayBuffer>): AesGcmParams {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${this.#acct} ${key}`) };
  }
}

// JSON keeps every string as it is, also one that is not well-formed UTF-16.
function encode(item: Waiting): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(item));
}

async function secretFor(db: IDBPDatabase<Schema>, acct: string): Promise<CryptoKey> {
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const change = db.transaction("keys", "readwrite");
  const kept = await change.store.get(acct);
  if (!kept) await change.store.put(made, acct);
  await change.done;
  return kept ?? made;
}
