// Takes away everything that the page keeps in this browser: the sealed outbox, what was chosen, and the frame of the page.

// clearBrowser leaves nothing behind. Another tab that still holds the store of messages lets go of it, see Outbox.open.
export async function clearBrowser(): Promise<void> {
  await Promise.allSettled([clearFiles(), clearDatabases()]);
  for (const storage of ["localStorage", "sessionStorage"] as const) {
    try {
      window[storage].clear();
    } catch {
      // A browser that keeps nothing has nothing to clear.
    }
  }
}

async function clearFiles(): Promise<void> {
  if (!("caches" in window)) return;
  const workers = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  await Promise.all(workers.map((one) => one.unregister()));
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
}

async function clearDatabases(): Promise<void> {
  if (typeof indexedDB === "undefined") return;
  const known = indexedDB.databases ? (await indexedDB.databases()).map(({ name }) => name) : ["conclave"];
  await Promise.all(
    known.map(
      (name) =>
        new Promise<void>((resolve) => {
          if (name === undefined) return resolve();
          const gone = indexedDB.deleteDatabase(name);
          gone.onsuccess = gone.onerror = gone.onblocked = () => resolve();
        }),
    ),
  );
}
